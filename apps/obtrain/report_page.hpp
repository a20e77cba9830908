#pragma once

#include <string>
#include <vector>

#include "obkit/neural/model.hpp"
#include "obkit/report/page.hpp"

#include "obtrain/losses.hpp"
#include "obtrain/train_model.hpp"

namespace obkit::obtrain {

/// What a page of a training is made from.
struct TrainingReport {
  const obkit::neural::Model& model;  ///< with its record
  const Verdicts& verdicts;
  const Curves& curves;
  const Losses& losses;
  std::string name = {};                        ///< of the model's file, or of what was learnt
  std::vector<obkit::report::File> files = {};  ///< the model and the datasets
};

/// How much the levels at one distance from the spread count.
struct LevelWeight {
  double let_through = 1;  ///< what the transform multiplies its inputs with
  double learnt = 0;  ///< root mean square of the first layer's weights on them, over all members
};

/// By distance, from the best level on.
[[nodiscard]] std::vector<LevelWeight> level_weights(const obkit::neural::Model& model);

/// One HTML page that needs no network and no script: losses, scores, ROC curve, calibration and
/// confusion beside the baselines, which levels count, the verdict, options and hashes. The record
/// is in it as JSON, under the id "record". Same training, same bytes.
[[nodiscard]] std::string report_page(const TrainingReport& report);

}  // namespace obkit::obtrain
