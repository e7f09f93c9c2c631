package contagion

// Table is who takes how much of whose variance: Share[i][j] is the share of the forecast error variance of
// i that comes from j, and each row sums to 1.
type Table struct {
	Vars  int
	Share []float64 // [i][j]
}

// Decompose is the generalised variance decomposition of Pesaran and Shin ("Generalized impulse response
// analysis in linear multivariate models", Economics Letters 58, 1998, 17–29), normalised as in Diebold and
// Yilmaz ("Better to give than to receive", International Journal of Forecasting 28, 2012, 57–66, equations
// 2 and 3):
//
//	θ_ij = σ_jj⁻¹ Σ_{h<H} (e_i'·Φ_h·Σ·e_j)² / Σ_{h<H} e_i'·Φ_h·Σ·Φ_h'·e_i,   share_ij = θ_ij / Σ_k θ_ik
//
// Φ_h are the coefficients of the moving-average form, Φ_0 = I, Φ_h = Σ_l A_l·Φ_{h−l}. Unlike that of
// Cholesky it does not depend on the order of the variables; what moves all of them on one day counts as a
// spillover both ways.
func (v *VAR) Decompose(horizon int) Table {
	k := v.Vars
	phi := make([][]float64, horizon)
	for h := range phi {
		phi[h] = make([]float64, k*k)
		if h == 0 {
			for i := range k {
				phi[0][i*k+i] = 1
			}
			continue
		}
		for l := 1; l <= min(v.Lags, h); l++ {
			for i := range k {
				for m := range k {
					a := v.lag(l, i, m)
					for j := range k {
						phi[h][i*k+j] += a * phi[h-l][m*k+j]
					}
				}
			}
		}
	}
	t := Table{Vars: k, Share: make([]float64, k*k)}
	for i := range k {
		whole := 0.0
		for h := range phi {
			row := phi[h][i*k : (i+1)*k]
			for j := range k {
				reach := 0.0 // e_i'·Φ_h·Σ·e_j
				for m, p := range row {
					reach += p * v.Sigma[m*k+j]
				}
				t.Share[i*k+j] += reach * reach / v.Sigma[j*k+j]
				whole += reach * row[j]
			}
		}
		total := 0.0
		for j := range k {
			t.Share[i*k+j] /= whole
			total += t.Share[i*k+j]
		}
		for j := range k {
			t.Share[i*k+j] /= total
		}
	}
	return t
}

// Total is the share of all variance that comes from others, the total connectedness of Diebold and Yilmaz
// (2012), equation 4.
func (t Table) Total() float64 {
	s := 0.0
	for i := range t.Vars {
		s += 1 - t.Share[i*t.Vars+i]
	}
	return s / float64(t.Vars)
}

// From is what i takes from all others; To is what j gives to them: it can exceed 1. Net is To less From.
func (t Table) From(i int) float64 { return 1 - t.Share[i*t.Vars+i] }

// To is the sum of the shares of j in the variance of the others.
func (t Table) To(j int) float64 {
	s := 0.0
	for i := range t.Vars {
		if i != j {
			s += t.Share[i*t.Vars+j]
		}
	}
	return s
}

// Net is what i gives less what it takes.
func (t Table) Net(i int) float64 { return t.To(i) - t.From(i) }

// Between is the mean share of the variance of those in effects that comes from those in causes together.
func (t Table) Between(causes, effects []int) float64 {
	s := 0.0
	for _, i := range effects {
		for _, j := range causes {
			s += t.Share[i*t.Vars+j]
		}
	}
	return s / float64(len(effects))
}
