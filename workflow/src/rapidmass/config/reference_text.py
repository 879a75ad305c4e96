"""What the documentation of the configuration says beside its tables."""

INTRODUCTION = """\
# Configuration

This page is written from the configuration model (`make docs`); do not edit it by hand.

`config.yaml` in this folder is the demo. A run takes `config/config.yaml` of the working folder;
`--configfile other.yaml` changes or adds keys on top of it, and with `--replace-workflow-config`
takes its place altogether. Unknown keys are refused. Paths are relative to the working folder, or
else to the checkout.

What an edit reruns follows from what each job reads: a cut of one selection rebuilds that
selection, a learning rate retrains one network, a cross section rebuilds no matrix of simulation.
The order of keys and of rows of the sample sheet, and blanks and needless parentheses in
expressions, change nothing. The order of a list counts.

Files are YAML 1.1 in UTF-8. What it would misread is refused with file and line: a key that is
written twice in a block, whole numbers with a zero in front (`010`, base 8), numbers with colons
(`60:30`, base 60). Where a whole number is meant, `5`, `5.0`, `"5"` and `1e5` are accepted; yes and
no are no numbers. Text that YAML reads as something else (`no`, `on`, `2016`, `1.5`, `2026-01-31`)
stands in quotation marks. Names of selections, samples, networks, baselines, campaigns and
variations are letters, digits and `_`; a background channel may have blanks and `+-.()~` too.
Braces, `$` and the like mean nothing in titles and other texts.
"""

MINIMAL_CONFIG = """\
seed: 1
samples: config/my_samples.tsv
ntuple_formats: config/ntuples
campaigns:
  run2: {luminosity: 139000}  # pb^-1
selections:
  two_leptons:
    cuts:
      - {name: trigger, require: trigger}
      - {name: two signal leptons, require: n_lep == 2}
    channels: {top pairs: [ttbar], Z: [Zee, Zmm]}  # of the sheet
    signals: [my_signal]
    data: [data18]
architectures:
  ae:
    family: autoencoder
    layers:
      - {units: 64, activation: tanh}
      - {units: 8, activation: tanh}
      - {units: 64, activation: tanh}
      - {units: inputs}
"""

MINIMAL_SHEET = """\
sample\tchannel\trole\tformat\tfiles\tcampaign\tcross_section\tsum_of_weights
ttbar\tttbar\tbackground\tmy_format\t/data/ttbar_*.root\trun2\t832\tsum:bookkeeping:weight
Zee\tZee\tbackground\tmy_format\t/data/Zee.root\trun2\t2100\t1.5e9
Zmm\tZmm\tbackground\tmy_format\t/data/Zmm.root\trun2\t2100\t1.5e9
my_signal\tmy_signal\tsignal\tmy_format\t/data/signal.root\trun2\t0.01\tbranch:sumOfWeights
data18\tdata\tdata\tmy_format\troot://server//data/run_1.root root://server//data/run_2.root\trun2
"""

NTUPLES = """\
## Your own ntuples

A *format* says what the branches of a kind of file mean. It is one YAML file in `ntuples/`; there
is no code to write. Delivered are `thesis` (flat ntuples of an ATLAS analysis, and of the embedded
generator), `atlas_open_data_2020` and `atlas_open_data_2025`, `cms_nanoaod` (tried on trees of four
kinds, v12 the newest, and on an RNTuple that was imported from one; names of later ones are there
too), and `cms_heptutorial` (momenta as Px, Py, Pz, E). For another kind:

1. Copy the format that is nearest, and go through it from the top (section *Ntuple format*):
   - `tree` and `energy_unit`; and `bookkeeping`, what else files of this kind hold: by it a skim
     that no event passed, and that was written without a tree, is told from one with a tree of
     another name.
   - `collections`: the four-vectors of each list of objects, as expressions over branches.
     Components become `pt: hypot(Px, Py)`, `eta: arcsinh(Pz / pt)`, `phi: arctan2(Py, Px)`; an
     energy becomes `mass: mass_from_energy(pt, eta, E)`. Lists need not be in the order of pT.
     Objects with branches of their own are written `pt: [lep1_pt, lep2_pt]`.
   - `objects`: which members of a collection are signal leptons, light jets, b-jets, photons, ...
     Matrices are made of them (`types`), and cuts and features count them (`n_<object>`).
   - `met`, `trigger` (an expression, or a menu for each year with matching and thresholds).
   - `identity`: run and event number. An event is known by them from here on, whatever file it is
     in; events that come twice are found by them.
   - `weights`: of simulation, and of data, which the formula of simulation never touches. Scale
     factors that depend on objects are expressions too: `prod(where(tight, lep_sf, 1))`.
   - `in_file`: where files of simulation hold their own cross section and sum of weights, if they
     do. What the sample sheet says is compared with it.
   - `alternatives`: where a name changed from version to version.
2. Hold it against a file, here and after every change:

   ```
   .venv/bin/rapidmass check-format config/ntuples/<format>.yaml FILE  # --data: data
   ```

   It says what every expression gives on the first events, which branches are missing and which
   names are near, which objects are never selected, and what is not plausible: momenta in MeV
   taken for GeV, angles in degrees, weights that are all 0, event numbers that repeat. It tells
   the share of events that pass `trigger` and, with `--sheet SHEET --sample NAME`, whether cross
   section and sum of weights are where the sample sheet says.
3. List your files in a copy of `samples.tsv`, one row a sample (section *Sample sheet*): what the
   role is, where the files are, how they are normalised. `sum_of_weights` may be a number, a sum
   over a tree of the generator (NanoAOD: `sum:Runs:genEventSumw`), a bin of a histogram
   (`histogram:CutBookkeeper:2`), or in the events. An inclusive sample names its slices under
   `replaces`: no selection may then use both. Overlaps that only an event can tell go into
   `require`. Data of which only some luminosity sections are certified name the list of these under
   `certified`, and their luminosity is that of the list. In `files` a name with a blank stands in
   quotation marks, as in a shell (`"my file.root" other.root`); a path that exists is that file,
   whatever signs are in it, and in others `*`, `?` and `[ ]` are wildcards. A spreadsheet saves the
   sheet as Unicode text with tabs (UTF-8, or UTF-16 with its mark). Backgrounds that no selection
   uses are named with the plan of a run, and in the report.
4. Say in `selections` which channels, signals and data samples take part, and set `campaigns`, one
   for each period with its luminosity. A sample that serves several periods names them all.
5. `snakemake -n` checks configuration, formats and sheet, and shows what would run. Files are
   opened by the jobs.

The smallest configuration, and a sheet for it (columns are separated by tabs):

```yaml
{minimal_config}```

```
{minimal_sheet}```

### Files on servers

`files` of the sample sheet may be addresses (`https://`, `http://`, `root://`, `s3://`). Jobs then
read the branches that they need from afar, in pieces, each of which is asked for `files.attempts`
times; or, with `files.cache`, every file is copied once, going on where a copy was interrupted, and
compared with `size` and `adler32` of the sheet. `files.replace` sends all of it to a mirror, or to
a folder with copies: `replace: {{"https://opendata.cern.ch/eos/opendata/": /data/mirror/}}`.

Object storage (`s3://bucket/name`) is where AWS's own tools look: `AWS_ENDPOINT_URL` says which
store, if it is not Amazon's, and `AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY`, or `~/.aws`, who
you are; public buckets take `FSSPEC_S3='{{"anon": true}}'`. Jobs need the same variables.

User names, passwords and tokens in addresses (`https://user:password@...`, `?authz=...`,
`X-Amz-Signature`) are left out of logs, errors, records, products and the report, and another token
makes nothing run again. A token is known by its name. The rest of a query says which file is meant,
and is shown; of a part with more than 40 characters a digest is. Addresses stay in the sheet, which
is yours to protect, and a job finds them in a file of Snakemake's (`.snakemake/scripts`) that is
removed when it ends.

### Bad files

With `files.bad_files: fail` a file that cannot be read, an event that is there twice, and numbers
that no event can have (not finite, negative, a momentum or MET above the energy of a beam) end the
run, with an error that names file and event. With `quarantine` every file is first read on its own.
Files that are damaged, repeat another one, or lack the numbers that normalise their sample are left
out, and so are single events with impossible numbers; the report lists all of them, the luminosity
of data and the sum of weights of simulation are corrected by the share of events that was lost, and
the run fails if it exceeds `files.quarantine_cap`. What a file stores uncompressed has no checksum:
damage there is found by `adler32` of the sample sheet alone.

A file that can be read and has no event is no bad file: a skim that no event passed counts as one
without events, and its sum of weights counts. An event that is there twice is known by its numbers.
Copies of whole files are known by the events in them, also where the format has no `identity`:
inside a sample, across the backgrounds of a selection, and across its samples of data.

Files are judged by what all selections share: the nominal format with the objects of all
representations and the leptons, MET, weights, numbers of events, trigger, and `require` of the
sample. An object that only the cuts of one selection count, and what only one systematic variation
reads, do not decide: a branch that is missing there ends the job that needs it, and events with
impossible numbers there are left out of that selection or variation alone, uncorrected, and listed
in the report. A sample is judged as a whole, so that a file that is added to it or changed rebuilds
all of its shards. A bad copy in `files.cache`, empty where the server does not have the file, stays
until you remove it.

### How events are shown to models

`representations` says it, by name: rapidity-mass matrices (`rmm`), or tables of features (`table`).
`architectures.<name>.representation` and `baselines.<name>.representation` choose among several.

```yaml
representations:
  matrix:
    kind: rmm
    types: [ljet: 6, bjet: 6, ele: 5, muo: 5]
  lepton_table:
    kind: table
    features:
      met: met
      m_ll: m_ll
      leading: pt_lep1 / met
```

The same events have the same keys in all of them: they are in the same megaset and test set. What
an event lacks is absent, never 0: a missing object, a feature that is NaN. `scaling` fills it, and
families that need to know are told. Studies of cells (`event_displays`, `data_comparison`) and the
mean matrices need a representation of the kind `rmm`.

### Systematic variations

`shifts` of a format replace branches by shifted ones (`replace: {{jet_pt: jet_pt_jer1}}`) or
multiply weights; `systematics` of the configuration lists those that are evaluated. Each costs
shards of its own for all simulation, which every network then scores; the cuts stay where they are.
Effects are bands in the histograms, an uncertainty in the significances and in the tests of the
data comparison and of the blind test, and a section in the report.
"""

EXPRESSIONS = """\
### Expressions

What a format says is in expressions over branches, `constants` and `aliases`: numbers, `+ - * / //
% **`, comparisons (also chained, `0 < x <= 1`), `& | ~` or `and or not`, and the functions
`{functions}`. `count`, `any`, `all`, `sum`, `prod`, `max` and `min` go over the objects of an
event, `first` takes the first of a list (of no objects, `max`, `min` and `first` are not a number),
`x[7]` the member with the number 7, counted from 0, which every event must have. `with_length(x,
9)[7]` makes sure besides that there are 9, as lists of weights of scales and parton densities
differ by sample. `hypot`, `minimum` and `maximum` take two or more numbers. `mass_from_energy(pt,
eta, energy)` is 0 where rounding makes the squared mass negative, and not a number where it is
below -0.001 energy^2, as energy and momentum contradict each other then. `distance(eta, phi,
other_eta, other_phi, chosen)` is the distance in eta and phi of each object to the nearest of those
others that are chosen, infinite if there is none. `members(n > 0, x1, n > 1, x2)` makes a list of
numbers that have branches of their own: of those whose condition holds. Nothing else is accepted.

- Names may have dots. Put other names in quotation marks: `'mc-weight'`, `'pt[GeV]'`, `'lambda'`;
  in YAML the whole expression then needs marks of the other kind: `"'mc-weight' * 2"`.
- What selects (`where`, `require`, `trigger`, cuts, arguments of `count`, `any` and `all`) is true
  or false. An integer is neither: write `flag != 0`, or `(bits & 2) != 0` for one bit. `& | ^` take
  two conditions, or two integers bit by bit. `and`, `or` and `not` take integers too, as `!= 0`.
  `~flag` of an integer is refused, as `~1` is -2; write `flag == 0` or `not flag`.
- `& | ^` come before comparisons, other than in C++: `a > 1 & b > 2` is refused. Put comparisons in
  parentheses.
- What is not a number (NaN), as `m_ll` of an event with one lepton, passes no comparison but `!=`;
  so `not (m_ll < 70)` and `~(m_ll < 70)` let such an event pass, and `m_ll >= 70` does not.
- Integers are computed in 64 bits, whatever the file has; a result that does not fit is an error.
  Divided by 0 they become floating-point numbers. True and false count as 1 and 0 in sums.
"""

VARIABLES = """\
### Event variables

Cuts, and what stands under `variables` of a selection or of a format, are expressions over the
objects of an event. They have the same grammar, and these names:

| name | what it is |
| --- | --- |
| `ele`, `ljet`, ... | the objects of the format: four-vectors by falling pT |
| `lep` | all signal leptons (`leptons` of the format) by falling pT |
| `met` | missing transverse momentum: in GeV where a number is needed, else a transverse vector |
| `n_<object>`, `n_lep` | how many there are |
| `pt_lep1` to `pt_lep3`, `m_ll`, `m_lll` | pT and masses of the leading leptons |
| `ht` | scalar sum of the pT of all objects: types of matrices, what features count as `n_ljet` |
| `lt` | scalar sum of the pT of the signal leptons |
| `lt_met` | `lt` + `met`: among the best single variables for new particles with leptons |
| `st` | `ht`, MET, and the pT of the signal leptons that are not in `ht` |
| `met_significance` | `met.significance` where the format has it, else `met / sqrt(ht)` |
| `multiplicity` | number of these objects, of each at most as many as a matrix has slots for |
| `trigger` | whether the event passes |

- `ljet.pt` is the list of pT; there are `.eta .phi .mass .energy .px .py .pz .rapidity` too, and
  what the format gives the collection under `attributes`: `{{charge: Electron_charge}}`, in the
  file's own unit. `met` has `.pt .phi .px .py`. Signal leptons have `.is_<object>`.
- `lep[0]` is the first of a list, and `ljet[2].pt` the pT of the third. Where an event has none,
  numbers are NaN and conditions false. (`ljet.pt[2]`, a member of a list of numbers, must be
  there.)
- Of vectors are `{functions}`. `m(a, b, ...)` is the invariant mass and `pt(a, b, ...)` the pT of
  the sum, `mt(a, met)` the transverse mass with the masses of both, `dphi`, `deta` and `dr` the
  differences of two (`dphi` with its sign, from -pi to pi), `mt2(a, b, met)` the stransverse mass
  with massless invisible particles (C. G. Lester, B. Nachman, JHEP 03 (2015) 100; library `mt2`).
  `system(a, b, ...)` is the vector sum, of lists the sum of all members. `merge(a, b, ...)` is one
  list of all members by falling pT: `merge(ljet, bjet)[0].pt`. `z_pair(lep)` is the sum
  of the two leptons of opposite charge and one flavour whose mass is nearest to that of the Z;
  the flavour is the object a lepton is of.
- A function that is given one list gives a list: `min(dr(ljet, lep[0]))`, `any(dphi(ljet, met) >
  2)`.
- NaN passes no comparison but `!=`, and what is computed of NaN is NaN. A sum over no objects is
  0, a `system` of none is NaN.
- A vector or a list where a number is needed, a name that does not exist, a variable that is
  defined by itself, and a name that is defined twice with different texts are errors when the
  configuration is read.

```yaml
selections:
  z_jets:
    variables:
      z: z_pair(lep)               # a vector, for other variables
      m_z: m(z)
      dphi_z_met: abs(dphi(z, met))
    cuts:
      - {{name: on the Z, require: abs(m_z - 91.2) < 10}}
      - {{name: two jets, require: count(ljet.pt > 30) >= 2}}
      - {{name: back to back, require: dphi_z_met > 2}}
    spectra: [met, m_z]            # axis: scan.variables
baselines:
  angle: {{kind: variable, variable: dphi_z_met}}
scan:
  variables:
    m_z: {{start: 60, stop: 120, step: 2, label: $m_Z$, unit: GeV}}
```

Features of a table are such expressions, too (`representations`). Shards and files of scores have a
column (float32) for each variable that spectra, baselines, fits and the comparison with data use,
beside `met`, `ht`, `m_ll` and `m_lll`: a new one builds the shards of its selection anew.
"""
