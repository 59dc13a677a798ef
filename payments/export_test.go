package payments

// Verdicts is the table's names and verdicts.
func Verdicts() [][2]string {
	rows := make([][2]string, len(verdicts))
	for i, row := range verdicts {
		rows[i] = [2]string{row.name, string(row.verdict)}
	}
	return rows
}
