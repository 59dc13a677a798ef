package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// stockSheet is a file of levels to set: every row of it that is sound, and
// what is wrong with each of the others, both as they come in the file.
type stockSheet struct {
	rows  []sheetRow
	wrong []wrongRow

	lineOf map[string]int // where a SKU was first
}

// wrongRow is a line of a file that can't be what was meant.
type wrongRow struct {
	Line int    `json:"line"`
	Why  string `json:"why"`
}

// readStockSheet reads CSV with a header: sku, on_hand and, where wanted,
// reason, in any order. It reads on after a row that is wrong. Its error is a
// header that is, or a file that can't be read.
func readStockSheet(from io.Reader) (*stockSheet, error) {
	text := bufio.NewReader(from)
	if mark, _ := text.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark))
	}
	reader := csv.NewReader(text)
	reader.FieldsPerRecord = -1 // each row says itself what it lacks
	reader.TrimLeadingSpace = true
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty; its first line names the columns: sku,on_hand or sku,on_hand,reason")
	}
	if err != nil {
		return nil, err
	}
	columns, err := sheetColumns(header)
	if err != nil {
		return nil, err
	}
	sheet := &stockSheet{lineOf: map[string]int{}}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return sheet, nil
		}
		if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
			sheet.wrong = append(sheet.wrong, wrongRow{broken.StartLine, broken.Err.Error()})
			continue
		}
		if err != nil {
			return nil, err
		}
		line, _ := reader.FieldPos(0)
		sheet.take(line, columns, record)
	}
}

// byteOrderMark is what spreadsheets put before UTF-8.
const byteOrderMark = "\ufeff"

// sheetColumns is where each column is. It refuses those that nothing knows:
// a column that is misspelt would be ignored.
func sheetColumns(header []string) (map[string]int, error) {
	known := []string{"sku", "on_hand", "reason"}
	columns := map[string]int{}
	var wrong []string
	for i, name := range header {
		name = strings.TrimSpace(name)
		_, twice := columns[name]
		switch {
		case !slices.Contains(known, name):
			wrong = append(wrong, fmt.Sprintf("column %s is not known", clip(name)))
		case twice:
			wrong = append(wrong, fmt.Sprintf("column %s is there twice", name))
		}
		columns[name] = i
	}
	for _, name := range known[:2] {
		if _, found := columns[name]; !found {
			wrong = append(wrong, fmt.Sprintf("column %s is missing", name))
		}
	}
	if wrong != nil {
		return nil, fmt.Errorf("line 1: %s; the columns are sku, on_hand and, where wanted, reason", strings.Join(wrong, ", "))
	}
	return columns, nil
}

// take checks one row and keeps it, or all that is wrong with it.
func (s *stockSheet) take(line int, columns map[string]int, record []string) {
	if len(record) != len(columns) {
		s.wrong = append(s.wrong, wrongRow{line, fmt.Sprintf("has %d fields where the first line names %d", len(record), len(columns))})
		return
	}
	row := sheetRow{Line: line, SKU: strings.TrimSpace(record[columns["sku"]])}
	var wrong []string
	if first, twice := s.lineOf[row.SKU]; twice {
		wrong = append(wrong, fmt.Sprintf("sku %s is on line %d too", clip(row.SKU), first))
	} else if row.SKU != "" {
		s.lineOf[row.SKU] = line
	}
	units := strings.TrimSpace(record[columns["on_hand"]])
	onHand, err := strconv.ParseUint(units, 10, 63) // no sign: +5 would mean to add
	row.OnHand = int64(onHand)
	if err != nil {
		row.OnHand = -1
	}
	if column, given := columns["reason"]; given {
		row.Reason = strings.TrimSpace(record[column])
	}
	if wrong = append(wrong, row.check(units)...); wrong != nil {
		s.wrong = append(s.wrong, wrongRow{line, strings.Join(wrong, "; ")})
		return
	}
	s.rows = append(s.rows, row)
}
