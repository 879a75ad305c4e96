"""Headers of exported networks, compiled and run."""

import shutil
import subprocess

import numpy as np
import pytest

COMPILER = shutil.which("g++") or shutil.which("c++")
DRIVER = """\
#include <cstdio>
#include <iostream>
%s
// Rows of elements: those of every network, one after the other.
template <class Compute>
void score_rows(int n, std::size_t elements, Compute compute) {
  for (int k = 0; k < n; ++k) {
    std::vector<float> x(elements);
    for (auto& number : x) {
      std::string word;
      std::cin >> word;
      number = std::stof(word);
    }
    const auto scores = compute(x);
    const auto* first = reinterpret_cast<const float*>(&scores);
    for (std::size_t i = 0; i < sizeof scores / sizeof(float); ++i) std::printf("%%.9g ", first[i]);
  }
}
int main() {
  int n;
%s
}
"""


def compile_cpp(source, program, *folders):
    """Compile a program with all warnings as errors; skip the test where nothing compiles."""
    if COMPILER is None:
        pytest.skip("no C++ compiler: neither g++ nor c++ is on the PATH")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", *(f"-I{one}" for one in folders)]
    done = subprocess.run(
        [COMPILER, *flags, source, "-o", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return program


def compile_networks(headers, program):
    """Compile a program that scores rows with several networks; headers by namespace."""
    includes = "".join(f'#include "{path}"\n' for path in headers.values())
    calls = "".join(
        f"  std::cin >> n;\n  score_rows(n, {space}::n_elements, {space}::compute_scores);\n"
        for space in headers
    )
    source = program.with_suffix(".cpp")
    source.write_text(DRIVER % (includes, calls))
    return compile_cpp(source, program)


def score_rows(program, rows):
    """Score rows, (events, elements) of each network; returns all scores in one list."""
    text = "\n".join(
        " ".join([str(len(x)), *(f"{number:.9g}" for number in x.ravel())]) for x in rows
    )
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    return np.array(done.stdout.split(), dtype=np.float64)
