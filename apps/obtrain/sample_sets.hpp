#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"
#include "obkit/neural/model.hpp"
#include "obkit/neural/samples.hpp"
#include "obkit/store/input_hashes.hpp"
#include "obkit/store/line_reader.hpp"

#include "obtrain/options.hpp"
#include "obtrain/sample_sets.hpp"

namespace obkit::obtrain {

/// Samples of some datasets, in the order of the files.
class SampleTable {
 public:
  SampleTable() = default;
  /// Of one dataset. `hashes` of it, as it is read, may be null. Throws DataError, IoError.
  SampleTable(const std::string& file, const Settings& settings,
              obkit::store::InputHashes* hashes = nullptr);

  /// Puts the datasets of another table behind those of this one. Throws as expect_fits().
  void append(SampleTable other, const std::string& name);
  /// Throws DataError, `name` for its message, where samples of both could not be learnt together.
  void expect_fits(const SampleTable& other, const std::string& name) const;

  [[nodiscard]] const obkit::neural::SampleStore& store() const { return store_; }
  /// Of each sample, beside its volumes; empty where the datasets have none.
  [[nodiscard]] const obkit::neural::SampleStore& flow() const { return flow_; }
  [[nodiscard]] bool has_flow() const { return flow_.size() > 0; }
  /// The store of samples that are made of this. Volumes with the flow behind them are there where
  /// the settings want a model of both.
  [[nodiscard]] const obkit::neural::SampleStore& store(obkit::neural::InputKind kind) const;
  /// Whether all samples tell which move their label is.
  [[nodiscard]] bool has_moves() const { return size() > 0 && moves_.size() == size(); }
  /// Pre: has_moves().
  [[nodiscard]] std::uint64_t move_of(std::size_t sample) const { return moves_[sample]; }
  [[nodiscard]] std::size_t size() const { return store_.size(); }
  [[nodiscard]] std::size_t depth() const { return static_cast<std::size_t>(store_.inputs()); }
  /// "next" unless the samples say otherwise.
  [[nodiscard]] const std::string& label() const { return label_; }
  /// 2, or 3 where some prices stay or the label rule allows for it.
  [[nodiscard]] std::size_t classes() const;
  [[nodiscard]] std::size_t file_of(std::size_t sample) const;
  /// Of the file's name; empty where that has none.
  [[nodiscard]] const std::string& symbol_of(std::size_t sample) const {
    return symbols_[file_of(sample)];
  }
  /// What was met besides good lines.
  [[nodiscard]] const obkit::store::ReadReport& report() const { return report_; }
  /// Whether all samples have a time.
  [[nodiscard]] bool has_times() const { return times_.size() == size(); }
  /// Pre: has_times().
  [[nodiscard]] obkit::DateTime time_of(std::size_t sample) const { return times_[sample]; }

  /// Indices of all samples: by time where all have one (ties as they came), else as they came.
  [[nodiscard]] std::vector<std::uint32_t> in_time() const;

  /// Earliest and latest time; empty when no sample has one.
  [[nodiscard]] std::optional<obkit::DateTime> first() const { return first_; }
  [[nodiscard]] std::optional<obkit::DateTime> last() const { return last_; }

 private:
  obkit::neural::SampleStore store_, flow_, joined_;
  std::vector<std::uint64_t> moves_;    ///< one a sample, or fewer
  std::vector<obkit::DateTime> times_;  ///< one a sample; fewer where a dataset has none
  std::vector<std::size_t> file_ends_;
  std::vector<std::string> symbols_;  ///< of each file
  std::string label_ = "next";
  std::uint8_t greatest_class_ = 1;
  std::optional<obkit::DateTime> first_, last_;
  obkit::store::ReadReport report_;
};

/// Reads datasets, several at a time. `hashes` as above. Throws DataError, IoError.
[[nodiscard]] SampleTable read_samples(const std::vector<std::string>& files,
                                       const Settings& settings, obkit::store::InputHashes* hashes);

/// Indices into a table, in the order of time.
using Indices = std::span<const std::uint32_t>;

/// Numbers that never go down: what is nearly the same sample bears the same. With labels "next"
/// each move is its own; else samples of one direction in a row are taken for one.
[[nodiscard]] std::vector<std::uint32_t> blocks(const SampleTable& table, Indices samples);

/// Of samples in the order of time: the same number, from 0 on, for those that the same move of a
/// symbol labels. Pre: the table has moves, or the label rule "next".
[[nodiscard]] std::vector<std::uint32_t> moves(const SampleTable& table, Indices samples);

/// Weight of each sample of the table, by index; none where all are equal. Samples that are not in
/// `in_time` do not count.
[[nodiscard]] std::vector<float> sample_weights(const SampleTable& table, Indices in_time,
                                                SampleWeights weights);

/// Weight of each sample of the table: that by its own index, where there are such, times that of
/// its class.
[[nodiscard]] std::vector<float> weigh_classes(const SampleTable& table,
                                               std::span<const float> by_sample,
                                               const std::vector<double>& by_class);

/// Samples of a table for one purpose, in the order of time. A view.
struct Selection {
  const SampleTable* table = nullptr;
  Indices order;

  [[nodiscard]] bool empty() const { return order.empty(); }
  [[nodiscard]] std::size_t size() const { return order.size(); }
};

/// Those of `learnt`, of `table`, in the order of time, whose labels do not look into what is held
/// back: of the same table what follows, or another table.
///
/// Labels "next" end with the next book and look into nothing. "every" ends with the next move: out
/// are the last ones before it, as long as their class is that of the first one held back.
/// "horizon=N" and "mean=N" end N books later, "horizon=Nms" so much time later. Books and moves
/// are those of a symbol. Of another table each file is a time of its own, and what lies in it is
/// out, too; where times are missing, it follows.
[[nodiscard]] std::vector<std::uint32_t> outside(const SampleTable& table, Indices learnt,
                                                 const Selection& held_back);

/// Samples to learn from, and later ones that tell when to stop.
struct Division {
  std::vector<Selection> training;  ///< parts that are learnt in turn; none is empty
  Selection validation;             ///< may be empty
  std::size_t left_out = 0;         ///< samples whose labels look into what is held back

  [[nodiscard]] std::size_t training_size() const;
  [[nodiscard]] std::vector<std::uint64_t> count_classes(std::size_t classes) const;
};

/// One fold of the walk-forward: what is predicted by a model of the past alone.
struct Fold {
  Division division;
  Selection predicted;
};

/// All samples, by what they are for.
struct SampleSets {
  obkit::store::InputHashes* hashes = nullptr;  ///< of the datasets, as they are read
  SampleTable samples, validation_samples, test_samples;
  std::deque<std::vector<std::uint32_t>> orders;  ///< what the selections refer to
  std::vector<float> weights;                     ///< of `samples`; may be empty
  Division division;
  std::vector<Fold> folds;
  Selection test;

  [[nodiscard]] std::size_t classes() const { return samples.classes(); }
  /// Of training and validation.
  [[nodiscard]] std::optional<obkit::DateTime> first() const;
  [[nodiscard]] std::optional<obkit::DateTime> last() const;
};

/// Reads and divides. The result must stay where it is: selections refer to its tables. Throws
/// DataError where the samples do not suffice or do not fit together.
void read_sample_sets(const Settings& settings, SampleSets& sets);

}  // namespace obkit::obtrain
