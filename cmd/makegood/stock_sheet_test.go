package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASheetOfStockIsRead(t *testing.T) {
	want := []sheetRow{{Line: 2, SKU: "MUG-BLUE", OnHand: 12, Reason: "stocktaking"}, {Line: 3, SKU: "POT", Reason: "sold, all"}}
	tests := []struct{ name, text string }{
		{"as written by hand", "sku,on_hand,reason\nMUG-BLUE,12,stocktaking\nPOT,0,\"sold, all\"\n"},
		{"without an end of the last line", "sku,on_hand,reason\nMUG-BLUE,12,stocktaking\nPOT,0,\"sold, all\""},
		{"as a spreadsheet writes it, with a byte order mark and CRLF", "\ufeffsku,on_hand,reason\r\nMUG-BLUE,12,stocktaking\r\nPOT,0,\"sold, all\"\r\n"},
		{"with a quoted header after a byte order mark", "\ufeff\"sku\",\"on_hand\",\"reason\"\nMUG-BLUE,12,stocktaking\nPOT,0,\"sold, all\"\n"},
		{"with its columns in another order", "reason,sku,on_hand\nstocktaking,MUG-BLUE,12\n\"sold, all\",POT,0\n"},
		{"with spaces", "sku, on_hand ,reason\n MUG-BLUE , 12 , stocktaking\nPOT, 0, \"sold, all\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sheet, err := readStockSheet(strings.NewReader(test.text))
			require.NoError(t, err)
			require.Empty(t, sheet.wrong)
			require.Equal(t, want, sheet.rows)
		})
	}
	t.Run("without reasons", func(t *testing.T) {
		sheet, err := readStockSheet(strings.NewReader("sku,on_hand\nA,9007199254740991\n"))
		require.NoError(t, err)
		require.Empty(t, sheet.wrong)
		require.Equal(t, []sheetRow{{Line: 2, SKU: "A", OnHand: 1<<53 - 1}}, sheet.rows)
	})
	t.Run("lines are those of the file, empty ones and those within quotes counted", func(t *testing.T) {
		sheet, err := readStockSheet(strings.NewReader("sku,on_hand,reason\n\nA,1,\"two\nlines\"\n\nB,2,\n"))
		require.NoError(t, err)
		require.Equal(t, []sheetRow{{Line: 3, SKU: "A", OnHand: 1, Reason: "two\nlines"}, {Line: 6, SKU: "B", OnHand: 2}}, sheet.rows)
	})
}

func TestAHeaderThatIsRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing at all", "", "it is empty; its first line names the columns"},
		{"a byte order mark alone", "\ufeff", "it is empty"},
		{"a column that isn't known", "sku,on_hand,price\n", `line 1: column "price" is not known`},
		{"a column that is missing", "sku,reason\n", "line 1: column on_hand is missing"},
		{"no header", "MUG-BLUE,12\n", `line 1: column "MUG-BLUE" is not known, column "12" is not known, column sku is missing, column on_hand is missing`},
		{"a column twice", "sku,on_hand,sku\n", "line 1: column sku is there twice"},
		{"another case", "SKU,on_hand\n", `column "SKU" is not known, column sku is missing`},
		{"semicolons", "sku;on_hand\n", `column "sku;on_hand" is not known`},
		{"a quote that isn't closed", "\"sku,on_hand\nA,1\n", `extraneous or missing " in quoted-field`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readStockSheet(strings.NewReader(test.text))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestARowThatIsWrongIsNamedWithAllThatIs(t *testing.T) {
	const sku = `must be 1 to 100 letters, digits, dots, dashes or underscores, the first one a letter or digit`
	const units = `must be a whole number, 0 to 9007199254740991`
	tests := []struct{ name, row, want string }{
		{"a SKU with a slash", "a/b,1,", `sku "a/b" ` + sku},
		{"a SKU that begins with a dash", "-a,1,", `sku "-a" ` + sku},
		{"no SKU", ",1,", `sku "" ` + sku},
		{"a SKU that is too long", strings.Repeat("x", 101) + ",1,", `sku "` + strings.Repeat("x", 40) + `…" ` + sku},
		{"a SKU with a line's end", "\"A\nB\",1,", `sku "A\nB" ` + sku},
		{"units that are no number", "A,ten,", `on_hand "ten" ` + units},
		{"no units", "A,,", `on_hand "" ` + units},
		{"units below nothing", "A,-1,", `on_hand "-1" ` + units},
		{"units with a sign, as if to add", "A,+5,", `on_hand "+5" ` + units},
		{"units with a decimal point", "A,1.0,", `on_hand "1.0" ` + units},
		{"units with a separator", `A,"1,000",`, `on_hand "1,000" ` + units},
		{"one unit too many", "A,9007199254740992,", `on_hand "9007199254740992" ` + units},
		{"units beyond 64 bits", "A,99999999999999999999,", `on_hand "99999999999999999999" ` + units},
		{"a reason that is too long", "A,1," + strings.Repeat("ä", 256), "reason must have at most 255 characters and has 256"},
		{"a reason that isn't UTF-8", "A,1,Z\xfcrich", `reason "Z\xfcrich" must be UTF-8`},
		{"a field too few", "A,1", "has 2 fields where the first line names 3"},
		{"a field too many", "A,1,,", "has 4 fields where the first line names 3"},
		{"a stray quote", `A"B,1,`, `bare " in non-quoted-field`},
		{"the same SKU again", "SOUND,7,", `sku "SOUND" is on line 2 too`},
		{"all of it", "a b,x," + strings.Repeat("y", 300), `sku "a b" ` + sku + `; on_hand "x" ` + units + "; reason must have at most 255 characters and has 300"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sheet, err := readStockSheet(strings.NewReader("sku,on_hand,reason\nSOUND,1,\n" + test.row + "\nLAST,2,\n"))
			require.NoError(t, err)
			require.Equal(t, []wrongRow{{3, test.want}}, sheet.wrong)
			require.Len(t, sheet.rows, 2, "it reads on")
		})
	}
}

// What the check lets pass the gateway takes, and what it refuses the gateway
// would refuse.
func TestTheCheckOfARowIsTheGateways(t *testing.T) {
	s := newShelf(t, nil)
	for _, sku := range []string{"A", "0", "a.b_c-D", "-a", ".a", "a b", "ä", "a/b", strings.Repeat("x", 100), strings.Repeat("x", 101)} {
		for _, units := range []string{"0", "9007199254740991", "-1", "9007199254740992"} {
			for _, reason := range []string{"", strings.Repeat("ä", 255), strings.Repeat("ä", 256)} {
				sheet, err := readStockSheet(strings.NewReader(fmt.Sprintf("sku,on_hand,reason\n%s,%s,%s\n", sku, units, reason)))
				require.NoError(t, err)
				answer := s.run(t.Context(), "set", "--reason", reason, "--", sku, units)
				require.Equal(t, answer.err == nil, len(sheet.wrong) == 0, "%s %s: %v %v", sku, units, answer.err, sheet.wrong)
			}
		}
	}
}

// Whatever a file holds, each of its rows is either sound, as the gateway
// takes it, or named.
func FuzzStockSheet(f *testing.F) {
	f.Add("sku,on_hand,reason\nA,1,\nA,2,\"x\ny\"\n")
	f.Add("\ufeffon_hand,sku\r\n1,A\r\n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		sheet, err := readStockSheet(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		require.LessOrEqual(t, len(sheet.rows)+len(sheet.wrong), lines)
		seen := map[string]bool{}
		for _, row := range sheet.rows {
			require.Empty(t, row.check(""))
			require.False(t, seen[row.SKU])
			seen[row.SKU] = true
			require.Greater(t, row.Line, 1)
			require.LessOrEqual(t, row.Line, lines)
		}
		for _, row := range sheet.wrong {
			require.NotEmpty(t, row.Why)
			require.Greater(t, row.Line, 1)
		}
	})
}
