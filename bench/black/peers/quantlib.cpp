// Times QuantLib's implied standard deviation and Black greeks on the chain that bench/black wrote.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>
#include <ql/instruments/payoffs.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>

using namespace QuantLib;

static double fastest(int runs, size_t n, const std::function<void()>& f) {
    double best = 1e300;
    for (int i = 0; i < runs; i++) {
        auto start = std::chrono::steady_clock::now();
        f();
        best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
    }
    return best / n;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::FILE* file = std::fopen(argv[1], "rb");
    if (!file) return 1;
    double counts[2];
    if (std::fread(counts, 8, 2, file) != 2) return 1;
    const size_t n = counts[0];
    std::vector<double> right(n), price(n), forward(n), strike(n), years(n), vol(n), found(n), sums(3);
    for (auto* column : {&right, &price, &forward, &strike, &years, &vol})
        if (std::fread(column->data(), 8, n, file) != n) return 1;
    std::fclose(file);

    auto type = [&](size_t i) { return right[i] > 0 ? Option::Call : Option::Put; };
    const double accuracy = 1e-12;  // of the standard deviation, absolute: QuantLib's own stopping rule
    double newton = fastest(5, n, [&] {
        for (size_t i = 0; i < n; i++)
            found[i] = blackFormulaImpliedStdDev(type(i), strike[i], forward[i], price[i], 1.0, 0.0, Null<Real>(), accuracy, 200) / std::sqrt(years[i]);
    });
    std::printf("time QuantLib volatility, Newton %.6f\n", newton);
    for (double v : found) std::printf("vol %.17g\n", v);
    double li = fastest(5, n, [&] {
        for (size_t i = 0; i < n; i++)
            found[i] = blackFormulaImpliedStdDevLiRS(type(i), strike[i], forward[i], price[i], 1.0, 0.0, Null<Real>(), 1.0, accuracy, 200);
    });
    std::printf("time QuantLib volatility, Li's over-relaxation %.6f\n", li);
    double greeks = fastest(5, n, [&] {
        for (size_t i = 0; i < n; i++) {
            BlackCalculator c(type(i), strike[i], forward[i], vol[i] * std::sqrt(years[i]), 1.0);
            sums[0] += c.deltaForward();
            sums[1] += c.gammaForward();
            sums[2] += c.vega(years[i]);
        }
    });
    std::printf("time QuantLib delta, gamma and vega %.6f\n", greeks);
    return std::isnan(sums[0] + sums[1] + sums[2]);
}
