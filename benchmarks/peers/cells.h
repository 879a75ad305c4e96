// Cells of the matrix for RDataFrame: functions of the selected objects of one or two types.

#include <cmath>
#include <vector>

#include "ROOT/RVec.hxx"

using Floats = ROOT::RVec<float>;

constexpr double angular_scale = 0.15;

struct Momentum {
    double e, px, py, pz, mt, y;
};

inline Momentum make_momentum(double pt, double eta, double phi, double m) {
    const double mt = std::sqrt(pt * pt + m * m), pz = pt * std::sinh(eta);
    return {std::sqrt(mt * mt + pz * pz), pt * std::cos(phi), pt * std::sin(phi), pz, mt,
            std::asinh(pz / mt)};
}

inline double pair_mass(const Momentum& a, const Momentum& b) {
    const double e = a.e + b.e, x = a.px + b.px, y = a.py + b.py, z = a.pz + b.pz;
    const double m2 = e * e - x * x - y * y - z * z;
    return m2 > 0 ? std::sqrt(m2) : 0.0;
}

inline double grow(double y) { return angular_scale * (std::cosh(y) - 1.0); }

float cell_mt(const Floats& pt, const Floats&, const Floats&, const Floats& m, size_t i) {
    return i < pt.size() ? std::sqrt(double(pt[i]) * pt[i] + double(m[i]) * m[i]) : 0.0;
}

float cell_boost(const Floats& pt, const Floats& eta, const Floats& phi, const Floats& m, size_t i) {
    return i < pt.size() ? grow(make_momentum(pt[i], eta[i], phi[i], m[i]).y) : 0.0;
}

float cell_energy(const Floats& pt, const Floats& eta, const Floats& phi, const Floats& m,
                  size_t i) {
    if (i >= pt.size()) return 0.0;
    if (i == 0) return cell_mt(pt, eta, phi, m, 0);
    return (double(pt[i - 1]) - pt[i]) / (double(pt[i - 1]) + pt[i]);
}

float cell_mass(const Floats& pt, const Floats& eta, const Floats& phi, const Floats& m, size_t i,
                const Floats& pt2, const Floats& eta2, const Floats& phi2, const Floats& m2,
                size_t j) {
    if (i >= pt.size() || j >= pt2.size()) return 0.0;
    return pair_mass(make_momentum(pt[i], eta[i], phi[i], m[i]),
                     make_momentum(pt2[j], eta2[j], phi2[j], m2[j]));
}

float cell_difference(const Floats& pt, const Floats& eta, const Floats& phi, const Floats& m,
                      size_t i, const Floats& pt2, const Floats& eta2, const Floats& phi2,
                      const Floats& m2, size_t j) {
    if (i >= pt.size() || j >= pt2.size()) return 0.0;
    return grow(0.5 * (make_momentum(pt[i], eta[i], phi[i], m[i]).y -
                       make_momentum(pt2[j], eta2[j], phi2[j], m2[j]).y));
}

struct Objects {
    const Floats &pt, &eta, &phi, &m;
    size_t slots;
};

Floats make_matrix(float met, const Floats& pt1, const Floats& eta1, const Floats& phi1,
                   const Floats& m1, const Floats& pt2, const Floats& eta2, const Floats& phi2,
                   const Floats& m2, const Floats& pt3, const Floats& eta3, const Floats& phi3,
                   const Floats& m3, const Floats& pt4, const Floats& eta4, const Floats& phi4,
                   const Floats& m4) {
    constexpr size_t size = 23;
    const Objects kinds[4] = {{pt1, eta1, phi1, m1, 6},
                              {pt2, eta2, phi2, m2, 6},
                              {pt3, eta3, phi3, m3, 5},
                              {pt4, eta4, phi4, m4, 5}};
    Floats matrix(size * size, 0.0f);
    Momentum known[size];
    size_t place[size];
    size_t n = 0, first = 1;
    matrix[0] = met;
    for (const Objects& kind : kinds) {
        for (size_t k = 0; k < kind.pt.size() && k < kind.slots; ++k) {
            const size_t i = first + k;
            const Momentum a = make_momentum(kind.pt[k], kind.eta[k], kind.phi[k], kind.m[k]);
            matrix[i] = a.mt;
            matrix[i * size] = grow(a.y);
            matrix[i * size + i] =
                k == 0 ? a.mt
                       : (double(kind.pt[k - 1]) - kind.pt[k]) / (double(kind.pt[k - 1]) + kind.pt[k]);
            for (size_t j = 0; j < n; ++j) {
                matrix[place[j] * size + i] = pair_mass(known[j], a);
                matrix[i * size + place[j]] = grow(0.5 * (known[j].y - a.y));
            }
            known[n] = a;
            place[n++] = i;
        }
        first += kind.slots;
    }
    return matrix;
}
