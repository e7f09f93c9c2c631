// The loop of package cascade on one asset, written as one would in C++: blocks of 32 paths, struct of
// arrays, the same generator, ziggurat, table and impact. Prints nanoseconds per path-step and the mean
// final move, which must be that of the Go program.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static const uint64_t golden = 0x9e3779b97f4a7c15ull;
static inline uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}
static inline double uniform(uint64_t u) { return (double(u >> 11) + 0.5) / 9007199254740992.0; }
static double zx[257], zy[257];
static const double start = 3.6541528853610088, area = 4.92867323399e-3;

static void ziggurat() {
    auto f = [](double x) { return std::exp(-x * x / 2); };
    zx[0] = area / f(start);
    zx[1] = start;
    for (int i = 2; i < 256; i++) zx[i] = std::sqrt(-2 * std::log(area / zx[i - 1] + f(zx[i - 1])));
    zx[256] = 0;
    for (int i = 0; i <= 256; i++) zy[i] = f(zx[i]);
}

static double edge(double x, uint64_t layer, uint64_t c) {
    uint64_t own = mix(c ^ 0x5851f42d4c957f2dull);
    auto next = [&] { own += golden; return mix(own); };
    for (;;) {
        if (layer == 0) {
            if (x < start) return x;
            for (;;) {
                double a = -std::log(uniform(next())) / start, b = -std::log(uniform(next()));
                if (2 * b > a * a) return start + a;
            }
        }
        if (zy[layer] + uniform(next()) * (zy[layer + 1] - zy[layer]) < std::exp(-x * x / 2)) return x;
        uint64_t u = next();
        layer = u & 255;
        x = double(u >> 11) * (1.0 / 9007199254740992.0) * zx[layer];
        if (x < zx[layer + 1]) return x;
    }
}

static const int lanes = 32, slots = 393, points = 513;

int main(int argc, char** argv) {
    const int blocks = argc > 1 ? std::atoi(argv[1]) : 320;
    ziggurat();
    std::vector<double> table(points);
    for (int i = 0; i < points; i++) table[i] = 0.3e12 * (0.68 + i / 800.0 - 1) / 6000;
    const double slope = 1e-12, price0 = 6000, sd = 0.01 * std::sqrt(0.75 / 390);
    double mean = 0;
    auto t0 = std::chrono::steady_clock::now();
    for (int b = 0; b < blocks; b++) {
        double free[lanes], pushed[lanes], held[lanes], perm[lanes], noise[lanes], price[lanes];
        for (int l = 0; l < lanes; l++) free[l] = -0.02, pushed[l] = held[l] = perm[l] = 0;
        for (int s = 0; s < slots; s++) {
            uint64_t c = mix(mix(mix(golden) ^ (uint64_t(b) + 1) * golden) ^ (uint64_t(s) + 1) * golden);
            for (int l = 0; l < lanes; l++) {
                c += golden;
                uint64_t u = mix(c), layer = u & 255;
                double x = double(u >> 11) * (1.0 / 9007199254740992.0) * zx[layer];
                if (!(x < zx[layer + 1])) x = edge(x, layer, c);
                uint64_t bits;
                std::memcpy(&bits, &x, 8);
                bits |= u << 55 & 1ull << 63;
                std::memcpy(&x, &bits, 8);
                noise[l] = sd * x;
            }
            bool bad = false;
            for (int l = 0; l < lanes; l++) {
                free[l] += noise[l];
                price[l] = 1 + free[l] + pushed[l];
                bad |= !(price[l] > 0.05 && price[l] < 50);
            }
            if (bad) std::abort();
            for (int l = 0; l < lanes; l++) {
                double x = (price[l] - 0.68) * 800;
                x = x < 0 ? 0 : x > points - 1 ? points - 1 : x;
                int k = int(x) < points - 2 ? int(x) : points - 2;
                double want = table[k] + (x - k) * (table[k + 1] - table[k]);
                double o = want - held[l];
                held[l] = want;
                perm[l] += price0 * o;
            }
            for (int l = 0; l < lanes; l++) pushed[l] = slope * perm[l];
        }
        for (int l = 0; l < lanes; l++) mean += free[l] + pushed[l];
    }
    double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - t0).count();
    std::printf("%.4f %.6f\n", ns / (double(blocks) * lanes * slots), mean / (double(blocks) * lanes));
}
