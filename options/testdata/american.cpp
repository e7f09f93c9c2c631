// Golden prices of American options, by QuantLib's QdFpAmericanEngine in its high-precision scheme
// (Andersen, Lake and Offengenden 2016, an implementation independent of ours).
//
// Debian: apt-get install libquantlib0-dev (1.29)
//
//	g++ -O2 -o american american.cpp -lQuantLib && ./american > american.csv
//
// The instruments are a fixed list; nothing is random. Every expiry is a whole number of days and
// years are days/365.
#include <ql/quantlib.hpp>
#include <cstdio>
using namespace QuantLib;

int main() {
    DayCounter dc = Actual365Fixed();
    Date today(2, January, 2025);
    Settings::instance().evaluationDate() = today;
    printf("right,spot,strike,rate,yield,vol,days,american,european\n");
    for (Option::Type type : {Option::Call, Option::Put})
        for (int days : {1, 7, 30, 120, 365, 900})
            for (double vol : {0.08, 0.2, 0.6, 1.5})
                for (double rate : {0.005, 0.045, 0.1})
                    for (double yield : {0.0, 0.013, 0.06})
                        for (double strike : {80.0, 97.5, 100.0, 115.0}) {
                            auto spot = ext::make_shared<SimpleQuote>(100.0);
                            Handle<YieldTermStructure> r(ext::make_shared<FlatForward>(today, rate, dc));
                            Handle<YieldTermStructure> q(ext::make_shared<FlatForward>(today, yield, dc));
                            Handle<BlackVolTermStructure> v(ext::make_shared<BlackConstantVol>(today, NullCalendar(), vol, dc));
                            auto process = ext::make_shared<BlackScholesMertonProcess>(Handle<Quote>(spot), q, r, v);
                            auto payoff = ext::make_shared<PlainVanillaPayoff>(type, strike);
                            VanillaOption american(payoff, ext::make_shared<AmericanExercise>(today, today + days));
                            american.setPricingEngine(ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::highPrecisionScheme()));
                            VanillaOption european(payoff, ext::make_shared<EuropeanExercise>(today + days));
                            european.setPricingEngine(ext::make_shared<AnalyticEuropeanEngine>(process));
                            double a, e = european.NPV();
                            try {
                                a = american.NPV();
                            } catch (std::exception &) {
                                continue;
                            }
                            printf("%s,%g,%g,%g,%g,%g,%d,%.12g,%.12g\n", type == Option::Call ? "call" : "put",
                                   100.0, strike, rate, yield, vol, days, a, e);
                        }
}
