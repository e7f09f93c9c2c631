package report

func (d *document) shockCharts() []chart { return nil }
