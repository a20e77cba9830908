#include "obtrain/sample_sets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/cli/jobs.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/dataset/label_rule.hpp"
#include "obkit/dataset/sample_reader.hpp"
#include "obkit/store/input.hpp"

namespace obkit::obtrain {

SampleTable::SampleTable(const std::string& file, const Settings& settings,
                         obkit::store::InputHashes* hashes) {
  using Segment = obkit::neural::SampleSegment;
  Segment segment{settings.spool_folder}, flow{settings.spool_folder};
  Segment joined{settings.spool_folder};
  obkit::dataset::SampleReader reader{{file}, settings.bad_line, hashes};
  for (obkit::dataset::Sample sample; reader.next(sample);) {
    segment.add(sample.volumes, sample.direction);
    if (!sample.flow.empty()) flow.add(sample.flow, sample.direction);
    if (!sample.flow.empty() && settings.model == ModelKind::both) {
      sample.volumes.insert(sample.volumes.end(), sample.flow.begin(), sample.flow.end());
      joined.add(sample.volumes, sample.direction);
    }
    if (sample.move > 0) moves_.push_back(sample.move);
    greatest_class_ = std::max(greatest_class_, sample.direction);
    if (!sample.label.empty()) label_ = sample.label;
    if (!sample.time) continue;
    times_.push_back(*sample.time);
    first_ = std::min(first_.value_or(*sample.time), *sample.time);
    last_ = std::max(last_.value_or(*sample.time), *sample.time);
  }
  store_.add(std::move(segment));
  flow_.add(std::move(flow));
  joined_.add(std::move(joined));
  file_ends_ = {store_.size()};
  symbols_ = {obkit::store::symbol_of_dataset(file)};
  report_ = reader.report();
}

void SampleTable::expect_fits(const SampleTable& other, const std::string& name) const {
  if (size() == 0 || other.size() == 0) return;
  if (other.depth() != depth()) {
    throw obkit::DataError{
        {.name = name},
        fmt::format("expected samples of {} volumes as in the datasets before, found {}", depth(),
                    other.depth())};
  }
  if (other.label() != label_) {
    throw obkit::DataError{{.name = name},
                           fmt::format("expected samples of the label rule '{}' as in the "
                                       "datasets before, found '{}'",
                                       label_, other.label())};
  }
  if (other.has_flow() != has_flow()) {
    throw obkit::DataError{{.name = name},
                           fmt::format("expected samples with{} flow as in the datasets before, "
                                       "found some with{}",
                                       has_flow() ? "" : "out", has_flow() ? "out" : "")};
  }
}

void SampleTable::append(SampleTable other, const std::string& name) {
  expect_fits(other, name);
  if (other.size() > 0) label_ = other.label_;
  greatest_class_ = std::max(greatest_class_, other.greatest_class_);
  if (other.first_) {
    first_ = std::min(first_.value_or(*other.first_), *other.first_);
    last_ = std::max(last_.value_or(*other.last_), *other.last_);
  }
  times_.insert(times_.end(), other.times_.begin(), other.times_.end());
  for (const std::size_t end : other.file_ends_) file_ends_.push_back(size() + end);
  symbols_.insert(symbols_.end(), other.symbols_.begin(), other.symbols_.end());
  moves_.insert(moves_.end(), other.moves_.begin(), other.moves_.end());
  store_.append(std::move(other.store_));
  flow_.append(std::move(other.flow_));
  joined_.append(std::move(other.joined_));
  report_ += other.report_;
}

const obkit::neural::SampleStore& SampleTable::store(obkit::neural::InputKind kind) const {
  if (kind == obkit::neural::InputKind::volumes) return store_;
  return kind == obkit::neural::InputKind::flow ? flow_ : joined_;
}

std::size_t SampleTable::classes() const {
  const auto rule = obkit::dataset::rule_of_label(label_);
  return greatest_class_ > 1 || (rule && rule->flat) ? 3 : 2;
}

std::size_t SampleTable::file_of(std::size_t sample) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(file_ends_, sample) -
                                  file_ends_.begin());
}

std::vector<std::uint32_t> SampleTable::in_time() const {
  std::vector<std::uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0U);
  if (has_times() && !std::ranges::is_sorted(times_))
    std::ranges::stable_sort(order, {}, [&](std::uint32_t sample) { return times_[sample]; });
  return order;
}

SampleTable read_samples(const std::vector<std::string>& files, const Settings& settings,
                         obkit::store::InputHashes* hashes) {
  std::vector<SampleTable> tables(files.size());
  obkit::cli::run_jobs(files.size(), settings.jobs, [&](std::size_t i) {
    tables[i] = SampleTable{files[i], settings, hashes};
  });
  SampleTable all;
  for (std::size_t i = 0; i < files.size(); ++i)
    all.append(std::move(tables[i]), obkit::display_name(files[i]));
  return all;
}

namespace {

using obkit::dataset::LabelRule;

/// Marks samples whose labels look at what is held back.
class Embargo {
 public:
  explicit Embargo(const SampleTable& table) : table_{table}, is_marked_(table.size()) {}

  /// Those of `before`, at its end, whose label may look at `after`, which follows.
  void mark_before(Indices before, const Selection& after) {
    // A rule of somebody else's is taken for one that looks as far as "every".
    const auto rule = obkit::dataset::rule_of_label(table_.label())
                          .value_or(LabelRule{.kind = LabelRule::Kind::every});
    const auto horizon = rule.horizon;
    switch (rule.kind) {
      case LabelRule::Kind::next:
        return;
      case LabelRule::Kind::books:
      case LabelRule::Kind::mean:
        return mark_books(before, static_cast<std::size_t>(horizon));
      case LabelRule::Kind::milliseconds:
        return mark_from(before, after, std::chrono::milliseconds{horizon});
      case LabelRule::Kind::none:
      case LabelRule::Kind::every:
        return mark_runs(before, after);
    }
  }
  void mark(Indices samples) {
    for (const std::uint32_t sample : samples) is_marked_[sample] = true;
  }
  [[nodiscard]] std::vector<std::uint32_t> unmarked(Indices samples) const {
    std::vector<std::uint32_t> left;
    for (const std::uint32_t sample : samples)
      if (!is_marked_[sample]) left.push_back(sample);
    return left;
  }

 private:
  /// The last ones of each symbol: as many samples are at least as many books.
  void mark_books(Indices before, std::size_t count) {
    std::map<std::string, std::size_t> marked;
    for (auto i = before.rbegin(); i != before.rend(); ++i)
      if (marked[table_.symbol_of(*i)]++ < count) is_marked_[*i] = true;
  }

  void mark_from(Indices before, const Selection& after, std::chrono::milliseconds horizon) {
    if (!table_.has_times() || !after.table->has_times()) return;
    const auto start = to_timestamp(after.table->time_of(after.order.front()));
    for (auto i = before.rbegin(); i != before.rend() && start; ++i) {
      if (to_timestamp(table_.time_of(*i)) < *start - horizon) return;
      is_marked_[*i] = true;
    }
  }

  /// The last ones of each symbol as long as their class is that of its first one in `after`: their
  /// next move may be the same.
  void mark_runs(Indices before, const Selection& after) {
    std::map<std::string, std::uint8_t> class_of;
    for (const std::uint32_t sample : after.order)
      class_of.emplace(after.table->symbol_of(sample), after.table->store().class_of(sample));
    std::set<std::string> ended;
    for (auto i = before.rbegin(); i != before.rend(); ++i) {
      const std::uint8_t its_class = table_.store().class_of(*i);
      const std::string& symbol = table_.symbol_of(*i);
      if (ended.contains(symbol)) continue;
      if (class_of.emplace(symbol, its_class).first->second == its_class)
        is_marked_[*i] = true;
      else
        ended.insert(symbol);
    }
  }

  const SampleTable& table_;
  std::vector<bool> is_marked_;
};

/// What is held back of each file, in the order of the files.
std::vector<std::vector<std::uint32_t>> by_file(const Selection& samples) {
  std::map<std::size_t, std::vector<std::uint32_t>> files;
  for (const std::uint32_t sample : samples.order)
    files[samples.table->file_of(sample)].push_back(sample);
  std::vector<std::vector<std::uint32_t>> result;
  for (auto& [file, order] : files) result.push_back(std::move(order));
  return result;
}

/// Marks what lies in the time of a file that is held back, and what looks into it.
void mark_around(Embargo& embargo, const SampleTable& table, Indices learnt,
                 const Selection& held_back) {
  const auto time = [&](std::uint32_t sample) { return table.time_of(sample); };
  const auto first = held_back.table->time_of(held_back.order.front());
  const auto last = held_back.table->time_of(held_back.order.back());
  const auto begin = std::ranges::lower_bound(learnt, first, {}, time);
  embargo.mark({begin, std::ranges::upper_bound(learnt, last, {}, time)});
  embargo.mark_before({learnt.begin(), begin}, held_back);
}

}  // namespace

std::vector<std::uint32_t> outside(const SampleTable& table, Indices learnt,
                                   const Selection& held_back) {
  Embargo embargo{table};
  if (held_back.empty()) return {learnt.begin(), learnt.end()};
  if (held_back.table == &table || !table.has_times() || !held_back.table->has_times()) {
    embargo.mark_before(learnt, held_back);
  } else {
    for (const auto& order : by_file(held_back))
      mark_around(embargo, table, learnt, {held_back.table, order});
  }
  return embargo.unmarked(learnt);
}

std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples) {
  const auto rule = obkit::dataset::rule_of_label(table.label());
  const bool each_alone = rule && rule->kind == obkit::dataset::LabelRule::Kind::next;
  std::vector<std::uint32_t> numbers(samples.size());
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const bool is_same =
        !each_alone && table.store().class_of(samples[i]) == table.store().class_of(samples[i - 1]);
    numbers[i] = numbers[i - 1] + (is_same ? 0 : 1);
  }
  return numbers;
}

std::vector<std::uint32_t> moves(const SampleTable& table, Indices samples) {
  struct Last {
    std::uint64_t move;
    std::uint8_t its_class;
    std::uint32_t number;
  };
  std::map<std::string, Last> last_of;  // by symbol
  std::vector<std::uint32_t> numbers;
  std::uint32_t count = 0;
  for (const std::uint32_t sample : samples) {
    const std::uint8_t its_class = table.store().class_of(sample);
    // Where the table does not tell, each has its own.
    const std::uint64_t move = table.has_moves() ? table.move_of(sample) : count + std::uint64_t{1};
    const auto [last, is_first] =
        last_of.try_emplace(table.symbol_of(sample), Last{move, its_class, count});
    if (last->second.move != move || last->second.its_class != its_class)
      last->second = {move, its_class, count};
    if (last->second.number == count) ++count;
    numbers.push_back(last->second.number);
  }
  return numbers;
}

namespace {

std::vector<float> weights_by_move(const SampleTable& table, Indices samples) {
  const auto numbers = moves(table, samples);
  std::vector<std::uint32_t> counts(numbers.size());
  for (const std::uint32_t number : numbers) ++counts[number];
  std::vector<float> weights(table.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    weights[samples[i]] = 1.0f / static_cast<float>(counts[numbers[i]]);
  return weights;
}

}  // namespace

std::vector<float> sample_weights(const SampleTable& table, Indices in_time,
                                  SampleWeights weights) {
  if (weights == SampleWeights::equal) return {};
  if (weights == SampleWeights::move) return weights_by_move(table, in_time);
  std::vector<float> result(table.size());
  for (std::size_t begin = 0; begin < in_time.size();) {
    std::size_t end = begin + 1;
    const auto class_at = [&](std::size_t i) { return table.store().class_of(in_time[i]); };
    while (end < in_time.size() && class_at(end) == class_at(begin)) ++end;
    const auto run = static_cast<float>(end - begin);
    const float weight = 1.0f / (weights == SampleWeights::run ? run : std::sqrt(run));
    for (std::size_t i = begin; i < end; ++i) result[in_time[i]] = weight;
    begin = end;
  }
  return result;
}

std::vector<float> weigh_classes(const SampleTable& table, std::span<const float> by_sample,
                                 const std::vector<double>& by_class) {
  std::vector<float> weights(table.size());
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    const double own = by_sample.empty() ? 1 : double{by_sample[i]};
    weights[i] = static_cast<float>(own * by_class[table.store().class_of(i)]);
  }
  return weights;
}

namespace {

using obkit::DataError;

/// What messages call several inputs.
std::string name_of(const std::vector<std::string>& files) {
  return files.size() == 1 ? obkit::display_name(files.front())
                           : std::to_string(files.size()) + " datasets";
}

/// Warns of what was met besides good lines, and refuses a table without samples.
void expect_samples(const SampleTable& table, const std::vector<std::string>& files,
                    const std::string& purpose) {
  const auto met = warnings(table.report());
  if (table.size() == 0) {
    std::string problem = "no sample is there: " + purpose + " needs some";
    for (const auto& warning : met) problem += "; " + warning;
    throw DataError{{.name = name_of(files)}, problem};
  }
  for (const auto& warning : met) spdlog::warn("{}", warning);
}

/// A model takes the inputs that it is made for, and no others.
void expect_inputs(const SampleTable& table, const Settings& settings) {
  const InputPlace place{.name = name_of(settings.datasets)};
  const bool takes_flow = settings.model != ModelKind::network;
  if (takes_flow && !table.has_flow())
    throw DataError{place, fmt::format("--model {} takes what the last books did (obdataset "
                                       "--flow), found samples of volumes alone",
                                       to_string(settings.model))};
  if (!takes_flow && table.has_flow())
    throw DataError{place,
                    "a network takes the volumes of one book, found samples with flow (obdataset "
                    "--flow), which --model linear and both take"};
  if (takes_flow && table.classes() > 2)
    throw DataError{place, fmt::format("--model {} tells falls from rises and knows no third "
                                       "class, found the label rule '{}'",
                                       to_string(settings.model), table.label())};
}

/// Moves label the samples of "next", each its own, and of "every", where the dataset tells which.
void expect_moves(const SampleTable& table, const Settings& settings) {
  const bool is_network = settings.model == ModelKind::network;
  if (settings.sample_weights != SampleWeights::move && is_network) return;
  const auto rule = obkit::dataset::rule_of_label(table.label());
  if (table.has_moves() || (rule && rule->kind == LabelRule::Kind::next)) return;
  const std::string who =
      is_network ? "--sample-weights move" : "--model " + to_string(settings.model);
  throw DataError{{.name = name_of(settings.datasets)},
                  fmt::format("{} takes samples that tell which move they are labelled by: labels "
                              "'next', or 'every' with obdataset --flow; found '{}'",
                              who, table.label())};
}

void warn_of_runs(const SampleTable& table, const Settings& settings) {
  const bool by_run = settings.sample_weights == SampleWeights::run ||
                      settings.sample_weights == SampleWeights::sqrt_run;
  const auto rule = obkit::dataset::rule_of_label(table.label());
  if (!by_run || (rule && rule->kind == LabelRule::Kind::next)) return;
  spdlog::warn(
      "--sample-weights {}: a run of one direction can be many moves; such weights did harm where "
      "that was measured (docs/learning.md)",
      to_string(settings.sample_weights));
}

/// How many of `count` samples the end in time gives up for validation.
std::size_t held_back(std::size_t count, const Settings& settings) {
  const double share = settings.validation_share;
  constexpr double rounding = 1e-9;  // 100 samples × 0.29 are 29, not 28
  const auto aside =
      static_cast<std::size_t>(std::floor(static_cast<double>(count) * share + rounding));
  if (share > 0 && (aside == 0 || aside == count)) {
    throw DataError{{.name = name_of(settings.datasets)},
                    fmt::format("too few samples, {}, to hold back a share of {} for validation "
                                "(--validation 0 trains without)",
                                count, share)};
  }
  return aside;
}

/// The training samples as parts that are learnt in turn: all at once, or file by file, as they
/// came.
std::vector<Selection> make_parts(Indices order, const Settings& settings, SampleSets& sets) {
  const SampleTable& table = sets.samples;
  if (!settings.file_by_file) return {{&table, order}};
  auto& by_file = sets.orders.emplace_back(order.begin(), order.end());
  const auto file_of = [&](std::uint32_t sample) { return table.file_of(sample); };
  std::ranges::sort(by_file);
  std::vector<Selection> parts;
  for (auto begin = by_file.begin(); begin != by_file.end();) {
    const auto end = std::ranges::upper_bound(begin, by_file.end(), file_of(*begin), {}, file_of);
    parts.push_back({&table, Indices{begin, end}});
    begin = end;
  }
  return parts;
}

void expect_several_classes(const Division& division, const SampleTable& table,
                            const std::string& name) {
  constexpr std::array<std::string_view, 3> names{"falls", "rises", "prices that stay"};
  const auto counts = division.count_classes(table.classes());
  const std::size_t all = division.training_size();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == all) {
      throw DataError{{.name = name},
                      fmt::format("all {} training samples are {}: there is nothing to tell apart",
                                  all, names.at(k))};
    }
  }
}

/// `order` is all that may be learnt; its end in time is held back.
Division divide(Indices order, const Settings& settings, SampleSets& sets) {
  const SampleTable& table = sets.samples;
  const std::size_t aside = held_back(order.size(), settings);
  const Indices before = order.first(order.size() - aside);
  const Selection validation{&table, order.last(aside)};
  const Indices training = sets.orders.emplace_back(outside(table, before, validation));
  const std::string name = name_of(settings.datasets);
  if (training.empty()) {
    expect_several_classes({.training = {{&table, before}}, .validation = {}}, table, name);
    throw DataError{{.name = name},
                    "no training samples are left before those that are held back for validation: "
                    "their labels look too far ahead"};
  }
  Division division{.training = make_parts(training, settings, sets),
                    .validation = validation,
                    .left_out = before.size() - training.size()};
  expect_several_classes(division, table, name);
  return division;
}

/// Fold k of K predicts the part k of K + 1 in time by what came before it.
std::vector<Fold> make_folds(Indices order, const Settings& settings, SampleSets& sets) {
  std::vector<Fold> folds;
  const std::size_t parts = settings.folds + 1;
  for (std::size_t k = 1; k < parts; ++k) {
    const std::size_t begin = order.size() * k / parts, end = order.size() * (k + 1) / parts;
    if (begin == 0 || begin == end) {
      throw DataError{
          {.name = name_of(settings.datasets)},
          fmt::format("too few samples, {}, for --walk-forward {}", order.size(), settings.folds)};
    }
    const Indices predicted = order.subspan(begin, end - begin);
    const Selection held_back{&sets.samples, predicted};
    const Indices before = order.first(begin);
    const Indices past = sets.orders.emplace_back(outside(sets.samples, before, held_back));
    if (past.empty())
      throw DataError{
          {.name = name_of(settings.datasets)},
          fmt::format("--walk-forward: the label of each of {} before part {} looks into it",
                      obkit::counted(before.size(), "sample"), k)};
    folds.push_back({divide(past, settings, sets), held_back});
    folds.back().division.left_out += before.size() - past.size();
  }
  return folds;
}

void expect_same_kind(const SampleTable& table, const SampleTable& training,
                      const std::string& name) {
  if (table.depth() != training.depth()) {
    throw DataError{{.name = name},
                    fmt::format("expected samples of {} volumes as in training, found {}",
                                training.depth(), table.depth())};
  }
  if (table.label() != training.label()) {
    throw DataError{{.name = name},
                    fmt::format("expected the label rule '{}' as in training, found '{}'",
                                training.label(), table.label())};
  }
  if (table.has_flow() != training.has_flow()) {
    throw DataError{
        {.name = name},
        fmt::format("expected samples with{} flow as in training, found some with{}",
                    training.has_flow() ? "" : "out", training.has_flow() ? "out" : "")};
  }
}

/// `samples`: those of --validation or --test.
void warn_of_overlap(const SampleTable& samples, const SampleTable& training,
                     const std::string& option) {
  const auto first = samples.first(), last = samples.last();
  if (first && training.first() && *first <= *training.last() && *training.first() <= *last) {
    spdlog::warn(
        "{}: samples from {} to {} overlap in time with those of training, to {}: they do not "
        "show what happens on later days",
        option, format_iso(*first), format_iso(*last), format_iso(*training.last()));
  }
}

/// A whole table for one purpose.
Selection read_aside(const std::vector<std::string>& files, const Settings& settings,
                     const std::string& purpose, SampleSets& sets, SampleTable& table) {
  table = read_samples(files, settings, sets.hashes);
  expect_samples(table, files, purpose);
  expect_same_kind(table, sets.samples, name_of(files));
  warn_of_overlap(table, sets.samples, purpose);
  return {&table, sets.orders.emplace_back(table.in_time())};
}

/// Of `order`, what does not look into what is held back of another table; `option` named that.
Indices keep_outside(Indices order, const SampleTable& table, const Selection& held_back,
                     const std::string& option, SampleSets& sets) {
  if (held_back.empty()) return order;
  const Indices kept = sets.orders.emplace_back(outside(table, order, held_back));
  if (kept.empty())
    throw DataError{
        {.name = option},
        fmt::format("none of {} is left for training: each lies in its time, or has a label that "
                    "looks into it",
                    obkit::counted(order.size(), "sample"))};
  const auto rule = obkit::dataset::rule_of_label(table.label());
  if (rule && rule->kind == LabelRule::Kind::milliseconds &&
      (!table.has_times() || !held_back.table->has_times()))
    spdlog::warn("{}: samples without times: nothing tells which labels ({}) look into it", option,
                 table.label());
  return kept;
}

void tell_left_out(std::size_t count, std::size_t all, const std::string& label,
                   const std::string& into) {
  if (count > 0)
    spdlog::info("left out of training: {} of {}, whose labels ({}) look into {}", count,
                 obkit::counted(all, "sample"), label, into);
}

/// How many samples which part of what is held back costs.
void tell_left_out(const SampleSets& sets, std::size_t of_test, std::size_t of_validation) {
  const std::size_t all = sets.samples.size();
  const std::string& label = sets.samples.label();
  tell_left_out(of_test, all, label, "the time of --test");
  tell_left_out(of_validation, all, label, "the time of --validation");
  tell_left_out(sets.division.left_out, all, label, "the validation samples");
  std::size_t of_folds = 0;
  for (const Fold& fold : sets.folds) of_folds += fold.division.left_out;
  if (of_folds > 0)
    spdlog::info(
        "walk-forward: left out of the training of {}: {}, whose labels ({}) look into what is "
        "held "
        "back",
        obkit::counted(sets.folds.size(), "fold"), obkit::counted(of_folds, "sample"), label);
}

std::optional<obkit::DateTime> least(std::optional<obkit::DateTime> a,
                                     std::optional<obkit::DateTime> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

std::size_t Division::training_size() const {
  std::size_t size = 0;
  for (const Selection& part : training) size += part.size();
  return size;
}

std::vector<std::uint64_t> Division::count_classes(std::size_t classes) const {
  std::vector<std::uint64_t> counts(classes);
  for (const Selection& part : training)
    for (const std::uint32_t sample : part.order) ++counts[part.table->store().class_of(sample)];
  return counts;
}

std::optional<obkit::DateTime> SampleSets::first() const {
  return least(samples.first(), validation_samples.first());
}

std::optional<obkit::DateTime> SampleSets::last() const {
  return std::max(samples.last(), validation_samples.last());
}

void read_sample_sets(const Settings& settings, SampleSets& sets) {
  sets.samples = read_samples(settings.datasets, settings, sets.hashes);
  expect_samples(sets.samples, settings.datasets, "training");
  expect_inputs(sets.samples, settings);
  expect_moves(sets.samples, settings);
  warn_of_runs(sets.samples, settings);
  const Indices in_time = sets.orders.emplace_back(sets.samples.in_time());
  sets.weights = sample_weights(sets.samples, in_time, settings.sample_weights);
  if (!settings.test_files.empty())
    sets.test = read_aside(settings.test_files, settings, "--test", sets, sets.test_samples);
  Selection validation;
  if (!settings.validation_files.empty())
    validation = read_aside(settings.validation_files, settings, "--validation", sets,
                            sets.validation_samples);
  const Indices before_test = keep_outside(in_time, sets.samples, sets.test, "--test", sets);
  const Indices learnt = keep_outside(before_test, sets.samples, validation, "--validation", sets);
  sets.division = divide(learnt, settings, sets);
  sets.folds = make_folds(before_test, settings, sets);
  const std::size_t of_test = in_time.size() - before_test.size();
  const std::size_t of_validation = before_test.size() - learnt.size();
  tell_left_out(sets, of_test, of_validation);
  sets.division.left_out += of_test + of_validation;
  if (validation.empty()) return;
  sets.division.validation = {validation.table, keep_outside(validation.order, *validation.table,
                                                             sets.test, "--test", sets)};
}

}  // namespace obkit::obtrain
