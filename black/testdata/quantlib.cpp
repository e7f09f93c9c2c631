// Writes the golden vectors of quantlib.csv: prices and greeks of undiscounted Black-76 options by
// QuantLib's BlackCalculator, on inputs drawn by a fixed linear congruential generator.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ql/instruments/payoffs.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/version.hpp>

using namespace QuantLib;

static uint64_t state = 76;

// uniform uses the constants of Knuth's MMIX generator and its upper 32 bits.
static double uniform() {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 32) / 4294967296.0;
}

int main() {
    std::printf("# QuantLib %s BlackCalculator, discount 1\n", QL_VERSION);
    std::printf("right,forward,strike,years,vol,price,delta,gamma,vega,theta\n");
    for (int i = 0; i < 300; i++) {
        bool call = uniform() < 0.5;
        double forward = std::exp(1 + 8 * uniform());
        double years = std::exp(-10 + 12 * uniform());
        double vol = std::exp(-3.5 + 4 * uniform());
        double deviation = vol * std::sqrt(years);
        double strike = i % 20 == 0 ? forward : forward * std::exp(deviation * (8 * uniform() - 4));
        auto payoff = ext::make_shared<PlainVanillaPayoff>(call ? Option::Call : Option::Put, strike);
        BlackCalculator c(payoff, forward, deviation, 1.0);
        // With a discount of one BlackCalculator's spot derivatives at spot = forward are the forward's.
        std::printf("%d,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g\n", call ? 1 : -1, forward, strike, years, vol,
                    c.value(), c.deltaForward(), c.gammaForward(), c.vega(years), c.theta(forward, years));
    }
}
