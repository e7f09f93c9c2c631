package pack

// The raw forms are what the YAML decoder fills; strings are read by hand so that every fault gets
// its line.
type rawMeta struct {
	Schema     int    `yaml:"schema"`
	Name       string `yaml:"name"`
	Title      Words  `yaml:"title"`
	AsOf       string `yaml:"as_of"`
	Underlying string `yaml:"underlying"`
	Period     struct {
		From string `yaml:"from"`
		To   string `yaml:"to"`
	} `yaml:"period"`
	Public     bool      `yaml:"public"`
	Licence    string    `yaml:"licence"`
	Background []string  `yaml:"background,omitempty"`
	Files      []rawFile `yaml:"files"`
	Synthetic  *struct {
		Note   Words      `yaml:"note"`
		Chains []rawChain `yaml:"chains,omitempty"`
		Paths  []rawPath  `yaml:"paths,omitempty"`
	} `yaml:"synthetic,omitempty"`
}

type rawFile struct {
	Path    string `yaml:"path"`
	Format  string `yaml:"format"`
	Grade   string `yaml:"grade"`
	Source  string `yaml:"source,omitempty"`
	KnownAt string `yaml:"known_at"`
}

type rawAnchor struct {
	Fact  string  `yaml:"fact"`
	Date  string  `yaml:"date,omitempty"`
	Value float64 `yaml:"value"`
}

type rawChain struct {
	Underlying    string     `yaml:"underlying"`
	Date          string     `yaml:"date"`
	Seed          uint64     `yaml:"seed"`
	Spot          rawAnchor  `yaml:"spot"`
	Vol30         rawAnchor  `yaml:"vol_30d"`
	Vol1D         *rawAnchor `yaml:"vol_1d,omitempty"`
	Centre        *rawAnchor `yaml:"centre,omitempty"`
	LongVol       float64    `yaml:"long_vol"`
	Rate          float64    `yaml:"rate"`
	DividendYield float64    `yaml:"dividend_yield"`
	OpenInterest  float64    `yaml:"open_interest"`
}

type rawPath struct {
	Instrument string    `yaml:"instrument"`
	Date       string    `yaml:"date"`
	Minutes    int       `yaml:"minutes"`
	Seed       uint64    `yaml:"seed"`
	Vol        rawAnchor `yaml:"vol"`
	Points     []struct {
		At        string `yaml:"at"`
		rawAnchor `yaml:",inline"`
		Over      *rawAnchor `yaml:"over,omitempty"`
	} `yaml:"points"`
}
