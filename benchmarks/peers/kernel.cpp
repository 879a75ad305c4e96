// Two ways to fill rapidity-mass matrices, called through ctypes.
//
// lean: every object once, then pairs; the filled cells alone, as floats, in the library's order.
// classes: four-vectors as objects of a class, one function call for each cell, a dense matrix of
// doubles for each event; the way of libraries whose function takes an event and returns its matrix.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

struct Settings {
    bool reference;
    double sqrt_s;
    double scale;
};

constexpr int most_slots = 256;

class Particle {
public:
    Particle(double pt, double eta, double phi, double mass)
        : px_(pt * std::cos(phi)), py_(pt * std::sin(phi)), pz_(pt * std::sinh(eta)) {
        e_ = std::sqrt(px_ * px_ + py_ * py_ + pz_ * pz_ + mass * mass);
    }
    Particle(double e, double px, double py, double pz, int) : e_(e), px_(px), py_(py), pz_(pz) {}
    double E() const { return e_; }
    double Px() const { return px_; }
    double Py() const { return py_; }
    double Pz() const { return pz_; }
    double Pt() const { return std::sqrt(px_ * px_ + py_ * py_); }
    double P() const { return std::sqrt(px_ * px_ + py_ * py_ + pz_ * pz_); }
    double Et() const { return e_ * Pt() / P(); }
    double M() const {
        const double m2 = e_ * e_ - px_ * px_ - py_ * py_ - pz_ * pz_;
        return m2 > 0 ? std::sqrt(m2) : 0.0;
    }
    double Mt() const {
        const double m2 = (e_ - pz_) * (e_ + pz_);
        return m2 > 0 ? std::sqrt(m2) : 0.0;
    }
    double Rapidity() const { return 0.5 * std::log((e_ + pz_) / (e_ - pz_)); }
    Particle operator+(const Particle& o) const {
        return Particle(e_ + o.e_, px_ + o.px_, py_ + o.py_, pz_ + o.pz_, 0);
    }

private:
    double e_, px_, py_, pz_;
};

__attribute__((noinline)) double cell_mass(const Particle& a, const Particle& b) {
    return (a + b).M();
}

__attribute__((noinline)) double cell_difference(const Particle& a, const Particle& b, double c) {
    return c * (std::cosh(0.5 * (a.Rapidity() - b.Rapidity())) - 1.0);
}

__attribute__((noinline)) double cell_boost(const Particle& a, double c) {
    return c * (std::cosh(a.Rapidity()) - 1.0);
}

__attribute__((noinline)) double cell_met(const Particle& a, const Particle& met,
                                          const Settings& s) {
    if (!s.reference) return a.Mt();
    if (met.Pt() <= 0) return 0.0;
    const double et = a.Et() + met.Pt(), px = a.Px() + met.Px(), py = a.Py() + met.Py();
    const double mt2 = et * et - px * px - py * py;
    return mt2 > 0 ? std::sqrt(mt2) : 0.0;
}

__attribute__((noinline)) double cell_first(const Particle& a, const Settings& s) {
    return s.reference ? a.Et() : a.Mt();
}

__attribute__((noinline)) double cell_imbalance(const Particle& a, const Particle& b,
                                                const Settings& s) {
    const double first = s.reference ? a.Et() : a.Pt(), second = s.reference ? b.Et() : b.Pt();
    return (first - second) / (first + second);
}

bool is_harder(const Particle& a, const Particle& b) { return a.Pt() > b.Pt(); }

}  // namespace

extern "C" void fill_lean(int64_t events, int64_t types, const int64_t* offsets, const double* pt,
                          const double* eta, const double* phi, const double* mass,
                          const double* met, const double* met_phi, const int64_t* capacities,
                          const int64_t* value_offsets, float* values, bool reference,
                          double sqrt_s, double scale) {
    double px[most_slots], py[most_slots], m[most_slots], mt[most_slots];
    double root[most_slots], inverse[most_slots];  // exp(y / 2), exp(-y / 2)
    int64_t chosen[most_slots];
    const double unit = reference ? 1.0 / sqrt_s : 1.0;
    for (int64_t event = 0; event < events; ++event) {
        float* out = values + value_offsets[event];
        const double mx = met[event] * std::cos(met_phi[event]);
        const double my = met[event] * std::sin(met_phi[event]);
        *out++ = static_cast<float>(met[event] * unit);
        int n = 0;
        for (int64_t kind = 0; kind < types; ++kind) {
            const int64_t* edges = offsets + kind * (events + 1) + event;
            int found = 0;
            for (int64_t i = edges[0]; i < edges[1]; ++i) {
                int place = found;
                while (place > 0 && pt[chosen[place - 1]] < pt[i]) --place;
                if (place >= capacities[kind]) continue;
                if (found < capacities[kind]) ++found;
                for (int k = found - 1; k > place; --k) chosen[k] = chosen[k - 1];
                chosen[place] = i;
            }
            double previous = 0;
            for (int rank = 0; rank < found; ++rank) {
                const int64_t i = chosen[rank];
                const double growth = std::exp(eta[i]);
                const double pz = 0.5 * pt[i] * (growth - 1.0 / growth);
                const double mt2 = pt[i] * pt[i] + mass[i] * mass[i];
                const double mt_i = std::sqrt(mt2), e = std::sqrt(mt2 + pz * pz);
                const double half = std::sqrt((e + std::fabs(pz)) / mt_i);
                const double root_i = pz >= 0 ? half : 1.0 / half;
                const double inverse_i = pz >= 0 ? 1.0 / half : half;
                const double px_i = pt[i] * std::cos(phi[i]), py_i = pt[i] * std::sin(phi[i]);
                double transverse = pt[i], row = mt_i, first = mt_i;
                if (reference) {
                    transverse = e * pt[i] / std::sqrt(pt[i] * pt[i] + pz * pz);
                    first = transverse;
                    const double total = transverse + met[event];
                    const double sx = px_i + mx, sy = py_i + my;
                    const double square = total * total - sx * sx - sy * sy;
                    row = met[event] > 0 && square > 0 ? std::sqrt(square) : 0.0;
                }
                *out++ = static_cast<float>(row * unit);
                *out++ = static_cast<float>(scale * (0.5 * (root_i * root_i + inverse_i * inverse_i) -
                                                     1.0));
                *out++ = static_cast<float>(rank == 0 ? first * unit
                                                      : (previous - transverse) /
                                                            (previous + transverse));
                previous = transverse;
                for (int j = 0; j < n; ++j) {
                    const double cosh_half =
                        0.5 * (root[j] * inverse_i + inverse[j] * root_i);
                    const double cosh_dy = 2.0 * cosh_half * cosh_half - 1.0;
                    const double m2 = m[j] * m[j] + mass[i] * mass[i] +
                                      2.0 * (mt[j] * mt_i * cosh_dy - px[j] * px_i - py[j] * py_i);
                    *out++ = static_cast<float>(m2 > 0 ? std::sqrt(m2) * unit : 0.0);
                    *out++ = static_cast<float>(scale * (cosh_half - 1.0));
                }
                px[n] = px_i, py[n] = py_i, m[n] = mass[i], mt[n] = mt_i;
                root[n] = root_i, inverse[n] = inverse_i;
                ++n;
            }
        }
    }
}

using Matrix = std::vector<std::vector<double>>;
using Event = std::vector<std::vector<Particle>>;

__attribute__((noinline)) Matrix project(const Event& objects, const Particle& met,
                                         const int64_t* capacities, int64_t size,
                                         const Settings& s) {
    const double unit = s.reference ? 1.0 / s.sqrt_s : 1.0;
    Matrix matrix(size, std::vector<double>(size, 0.0));
    matrix[0][0] = met.Pt() * unit;
    int64_t first = 1;
    for (size_t kind = 0; kind < objects.size(); ++kind) {
        for (size_t k = 0; k < objects[kind].size(); ++k) {
            const Particle& a = objects[kind][k];
            const int64_t i = first + k;
            matrix[0][i] = cell_met(a, met, s) * unit;
            matrix[i][0] = cell_boost(a, s.scale);
            matrix[i][i] = k == 0 ? cell_first(a, s) * unit
                                  : cell_imbalance(objects[kind][k - 1], a, s);
            int64_t other_first = 1;
            for (size_t other = 0; other <= kind; ++other) {
                const size_t stop = other == kind ? k : objects[other].size();
                for (size_t l = 0; l < stop; ++l) {
                    const int64_t j = other_first + l;
                    matrix[j][i] = cell_mass(objects[other][l], a) * unit;
                    matrix[i][j] = cell_difference(objects[other][l], a, s.scale);
                }
                other_first += capacities[other];
            }
        }
        first += capacities[kind];
    }
    return matrix;
}

// `dense` may be null: then the matrices are made, and given up at once.
extern "C" double fill_classes(int64_t events, int64_t types, const int64_t* offsets,
                               const double* pt, const double* eta, const double* phi,
                               const double* mass, const double* met, const double* met_phi,
                               const int64_t* capacities, double* dense, bool reference,
                               double sqrt_s, double scale) {
    const Settings settings{reference, sqrt_s, scale};
    int64_t size = 1;
    for (int64_t kind = 0; kind < types; ++kind) size += capacities[kind];
    double sum = 0;
    for (int64_t event = 0; event < events; ++event) {
        const Particle missing(met[event], 0.0, met_phi[event], 0.0);
        Event objects(types);
        for (int64_t kind = 0; kind < types; ++kind) {
            const int64_t* edges = offsets + kind * (events + 1) + event;
            for (int64_t i = edges[0]; i < edges[1]; ++i)
                objects[kind].emplace_back(pt[i], eta[i], phi[i], mass[i]);
            std::sort(objects[kind].begin(), objects[kind].end(), is_harder);
            if (static_cast<int64_t>(objects[kind].size()) > capacities[kind])
                objects[kind].erase(objects[kind].begin() + capacities[kind], objects[kind].end());
        }
        const Matrix matrix = project(objects, missing, capacities, size, settings);
        sum += matrix[0][0];
        if (dense)
            for (int64_t row = 0; row < size; ++row)
                std::copy(matrix[row].begin(), matrix[row].end(),
                          dense + (event * size + row) * size);
    }
    return sum;
}
