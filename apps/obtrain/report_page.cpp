#include "obtrain/report_page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/version.hpp"
#include "obkit/neural/training_record.hpp"
#include "obkit/report/line_chart.hpp"
#include "obkit/report/text.hpp"

#include "obtrain/report.hpp"

namespace obkit::obtrain {
namespace {

using namespace obkit::neural;
using namespace obkit::report;

/// One kind of samples that were scored.
struct Contested {
  std::string_view id, name;  ///< "test", "test samples"
  const std::vector<NamedEvaluation>& evaluations;
  const std::vector<NamedCurve>& curves;
  const std::optional<std::string>& verdict;
};

/// What says most first: the test, then what was predicted from its past alone.
std::vector<Contested> contests_of(const TrainingReport& report) {
  const TrainingRecord& record = report.model.training();
  std::vector<Contested> contests;
  const auto add = [&](std::string_view id, std::string_view name, const auto& evaluations,
                       const auto& curves, const auto& verdict) {
    if (!evaluations.empty()) contests.push_back({id, name, evaluations, curves, verdict});
  };
  add("test", "test samples", record.test, report.curves.test, report.verdicts.test);
  add("walk-forward", "walk-forward samples", record.walk_forward, report.curves.walk_forward,
      report.verdicts.walk_forward);
  add("validation", "validation samples", record.validation, report.curves.validation,
      report.verdicts.validation);
  return contests;
}

struct Style {
  std::string_view colour, dashes;
};

/// The network first, then the baselines in their order.
Style style_of(std::size_t entry) {
  constexpr std::array<Style, 5> styles{{{"net", "none"},
                                         {"gross", "2 4"},
                                         {"short", "6 4"},
                                         {"drawdown", "none"},
                                         {"price", "5 3"}}};
  return styles.at(std::min(entry, styles.size() - 1));
}

std::size_t place_of(const Contested& contest, std::string_view name) {
  const auto found = std::ranges::find(contest.evaluations, name, &NamedEvaluation::name);
  return static_cast<std::size_t>(found - contest.evaluations.begin());
}

std::string three(double value) { return fmt::format("{:.3f}", value); }

std::string sentence(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text + ".";
}

std::string paragraph(std::string_view text) { return "<p>" + escape_html(text) + "</p>"; }

// Losses.

/// Lowest and highest loss, and the last epoch.
struct LossBounds {
  double low = 0, high = 0;
  int epochs = 1;
};

LossBounds bounds_of(const std::vector<std::vector<Losses::Point>>& members) {
  std::vector<double> values;
  LossBounds bounds;
  for (const auto& points : members) {
    for (const auto& [epoch, training, validation] : points) {
      values.push_back(training);
      if (validation) values.push_back(*validation);
      bounds.epochs = std::max(bounds.epochs, epoch);
    }
  }
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return bounds;
  const auto [low, high] = std::ranges::minmax(values);
  bounds.low = low;
  bounds.high = high;
  return bounds;
}

std::vector<Line> loss_lines(const std::vector<std::vector<Losses::Point>>& members) {
  std::vector<Line> lines;
  const auto known = [](std::optional<double> value) {
    return value && std::isfinite(*value) ? value : std::nullopt;
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    Line training{.name = i == 0 ? "training" : "", .colour = "gross", .dashes = "5 3"};
    Line validation{.name = i == 0 ? "validation" : "", .colour = "net"};
    bool is_validated = false;
    for (const Losses::Point& point : members[i]) {
      const auto x = static_cast<double>(point.epoch);
      training.points.push_back({x, known(point.training)});
      validation.points.push_back({x, known(point.validation)});
      is_validated = is_validated || point.validation;
    }
    if (is_validated) lines.push_back(std::move(validation));
    lines.push_back(std::move(training));
  }
  return lines;
}

std::string member_name(std::size_t members, std::size_t i) {
  return members > 1 ? fmt::format("Member {}: ", i + 1) : "";
}

std::string loss_caption(const TrainingRecord& record) {
  std::string text;
  for (std::size_t i = 0; i < record.members.size(); ++i) {
    const auto& [epochs, best_epoch, stopped] = record.members[i];
    text += fmt::format("{}{} epochs run, weights kept of epoch {} ({}). ",
                        member_name(record.members.size(), i), epochs, best_epoch, stopped);
  }
  return text;
}

std::string losses_html(const TrainingReport& report) {
  const auto members = report.losses.members();
  if (members.empty()) return paragraph("No epoch was run.");
  const LossBounds bounds = bounds_of(members);
  std::vector<std::vector<std::string>> rows;
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (const auto& [epoch, training, validation] : members[i]) {
      const std::string of_validation = validation ? fmt::format("{:.5f}", *validation) : "-";
      rows.push_back({member_name(members.size(), i) + std::to_string(epoch),
                      fmt::format("{:.5f}", training), of_validation});
      if (members.size() == 1)
        readings.push_back(
            {static_cast<double>(epoch), fmt::format("epoch {}: training {:.5f}, validation {}",
                                                     epoch, training, of_validation)});
    }
  }
  Axis x = axis_of(std::min(1, bounds.epochs - 1), bounds.epochs);
  std::erase_if(x.ticks, [](double tick) { return tick != std::floor(tick); });
  return line_chart_html(
      {.id = "losses",
       .title = "Loss of each epoch",
       .unit = "nats, over epochs",
       .caption = loss_caption(report.model.training()),
       .x = std::move(x),
       .y = axis_of(bounds.low, bounds.high),
       .lines = loss_lines(members),
       .readings = std::move(readings),
       .table_html = folded_table_html("Loss of each epoch",
                                       {"epoch", "training loss", "validation loss"}, rows)});
}

// Scores.

std::string scores_html(const Contested& contest) {
  const Evaluation& first = contest.evaluations.front().evaluation;
  Table table{.caption = fmt::format("Scores on {} {}", first.samples, contest.name),
              .columns = {"", "accuracy %", "±", "AUC", "MCC", "F1", "log loss", "Brier"},
              .id = fmt::format("scores-{}", contest.id)};
  for (const auto& [name, evaluation] : contest.evaluations) {
    const ScoreTexts texts = texts_of(evaluation);
    table.rows.push_back({name, texts.accuracy, texts.error, texts.auc, texts.mcc, texts.f1,
                          texts.log_loss, texts.brier});
  }
  table.columns.front() = "who predicts";
  std::string note{meaning_of_scores()};
  if (first.blocks != first.samples)
    note = fmt::format("The samples are of {} blocks that do not depend on each other. ",
                       first.blocks) +
           note;
  return table_html(table) + R"(<p class="note">)" + escape_html(note) + ".</p>";
}

Line diagonal() {
  return {.name = "", .colour = "rule", .dashes = "2 4", .points = {{0, 0.0}, {1, 1.0}}};
}

std::string roc_html(const Contested& contest) {
  if (contest.curves.empty()) return "";
  std::vector<Line> lines;
  std::string areas;
  for (const auto& [name, curve] : contest.curves) {
    const std::size_t place = place_of(contest, name);
    const auto [colour, dashes] = style_of(place);
    Line line{.name = name, .colour = colour, .dashes = dashes};
    for (const RocPoint& point : curve) line.points.push_back({point.falls, point.rises});
    lines.push_back(std::move(line));
    areas += fmt::format("{}{} {}", areas.empty() ? "" : ", ", name,
                         texts_of(contest.evaluations.at(place).evaluation).auc);
  }
  lines.push_back(diagonal());
  return line_chart_html({.id = fmt::format("roc-{}", contest.id),
                          .title = "ROC curve",
                          .unit = "share of rises found, over share of falls taken for rises",
                          .caption = "Area below: " + areas + ".",
                          .x = axis_of(0, 1),
                          .y = axis_of(0, 1),
                          .lines = std::move(lines),
                          .is_square = true});
}

std::string calibration_html(const Contested& contest) {
  std::vector<Line> lines;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < contest.evaluations.size(); ++i) {
    const auto& [name, evaluation] = contest.evaluations[i];
    const auto [colour, dashes] = style_of(i);
    Line line{.name = name, .colour = colour, .dashes = dashes, .has_marks = true};
    for (std::size_t bin = 0; bin < evaluation.reliability.size(); ++bin) {
      const auto& [samples, mean, rose] = evaluation.reliability[bin];
      if (samples == 0) continue;
      line.points.push_back({mean, rose});
      rows.push_back({fmt::format("{}, {:.1f} to {:.1f}", name, 0.1 * static_cast<double>(bin),
                                  0.1 * static_cast<double>(bin + 1)),
                      std::to_string(samples), three(mean), three(rose)});
    }
    if (!line.points.empty()) lines.push_back(std::move(line));
  }
  lines.push_back(diagonal());
  return line_chart_html(
      {.id = fmt::format("calibration-{}", contest.id),
       .title = "Calibration",
       .unit = "share that rose, over P(rise) predicted",
       .caption = "On the diagonal, what was predicted is as often what came. Rules that give no "
                  "probability are not shown.",
       .x = axis_of(0, 1),
       .y = axis_of(0, 1),
       .lines = std::move(lines),
       .is_square = true,
       .table_html = folded_table_html("Calibration",
                                       {"P(rise) predicted", "samples", "mean", "actual"}, rows)});
}

std::string confusion_html(const Contested& contest) {
  const auto& [name, network] = contest.evaluations.front();
  Table table{.caption = "What came, and what the " + name + " predicted",
              .columns = {"actual \\ predicted"},
              .id = fmt::format("confusion-{}", contest.id)};
  const std::vector<ClassScore> scores = class_scores(network.confusion);
  for (std::size_t k = 0; k < network.confusion.size(); ++k) {
    table.columns.push_back(class_name(k));
    table.rows.push_back({class_name(k)});
    for (const auto count : network.confusion[k])
      table.rows.back().push_back(std::to_string(count));
    table.rows.back().push_back(recall_text(scores[k]));
  }
  table.columns.emplace_back("recall %");
  std::string html = table_html(table);
  for (const std::string& text : never_predicted(contest.evaluations.front()))
    html += paragraph(sentence(text));
  return html;
}

std::string contest_html(const Contested& contest) {
  std::string content;
  if (contest.verdict)
    content += R"(<p class="verdict">)" + escape_html(sentence(*contest.verdict)) + "</p>";
  content += scores_html(contest) + R"(<div class="pair">)" + roc_html(contest) +
             calibration_html(contest) + "</div>" + confusion_html(contest);
  return section_html(contest.id, "On " + std::string{contest.name}, content);
}

// Levels.

std::string levels_html(const Model& model) {
  const std::vector<LevelWeight> levels = level_weights(model);
  const auto product = [](const LevelWeight& level) { return level.let_through * level.learnt; };
  const double best = product(levels.front());
  Line through{.name = "let through by the transform", .colour = "gross", .dashes = "5 3"};
  Line whole{.name = "times what was learnt, best level = 1", .colour = "net", .has_marks = true};
  std::vector<std::vector<std::string>> rows;
  double most = 1;
  for (std::size_t k = 0; k < levels.size(); ++k) {
    const double share = best > 0 ? product(levels[k]) / best : 0;
    most = std::max({most, share, levels[k].let_through});
    through.points.push_back({static_cast<double>(k), levels[k].let_through});
    whole.points.push_back({static_cast<double>(k), share});
    rows.push_back({std::to_string(k), number_text(levels[k].let_through, 4),
                    number_text(levels[k].learnt, 4), number_text(share, 4)});
  }
  const std::string title = "Weights by distance";
  const auto last = static_cast<double>(std::max<std::size_t>(levels.size() - 1, 1));
  return line_chart_html(
      {.id = "levels",
       .title = title,
       .unit = "over levels from the spread, 0 is the best",
       .caption = "What the transform multiplies an input with, and that times the root mean "
                  "square of the first layer's weights on both sides.",
       .x = axis_of(0, last),
       .y = axis_of(0, most),
       .lines = {std::move(whole), std::move(through)},
       .table_html = folded_table_html(
           title, {"level", "let through", "learnt", "product, best level = 1"}, rows)});
}

// The page.

std::string value_text(const TrainingRecord::Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return to_text(*number);
  return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

Pairs options_of(const TrainingRecord& record) {
  Pairs pairs;
  for (const auto& [name, value] : record.options) pairs.emplace_back(name, value_text(value));
  pairs.emplace_back("seed", std::to_string(record.seed));
  return pairs;
}

Pairs summary_of(const TrainingReport& report) {
  const TrainingRecord& record = report.model.training();
  Pairs pairs{{"label rule", report.model.label()},
              {"training samples", std::to_string(record.training_samples)},
              {"validation samples", std::to_string(record.validation_samples)},
              {"test samples", std::to_string(record.test_samples)},
              {"left out (their labels look into what is held back)",
               std::to_string(record.left_out_samples)}};
  for (std::size_t k = 0; k < record.class_samples.size(); ++k)
    pairs.emplace_back(fmt::format("training samples that are a {}", class_name(k)),
                       std::to_string(record.class_samples[k]));
  if (!record.symbols.empty())
    pairs.emplace_back("symbols", fmt::format("{}", fmt::join(record.symbols, ", ")));
  return pairs;
}

std::string span_of(const TrainingRecord& record) {
  std::string text;
  if (record.first)
    text = format_iso(*record.first, 0) + " to " + format_iso(*record.last, 0) + " · ";
  return text + counted_text(record.training_samples, "sample") + " for training";
}

std::string result_tiles(const TrainingReport& report, const std::vector<Contested>& contests) {
  const TrainingRecord& record = report.model.training();
  std::string tiles;
  if (!contests.empty()) {
    const Contested& first = contests.front();
    const ScoreTexts network = texts_of(first.evaluations.front().evaluation);
    const auto& best = *std::max_element(
        first.evaluations.begin() + 1, first.evaluations.end(),
        [](const auto& a, const auto& b) { return a.evaluation.accuracy < b.evaluation.accuracy; });
    const std::string on = "on " + std::string{first.name};
    tiles += tile_html("Accuracy", network.accuracy + " %", "± " + network.error + ", " + on);
    tiles += tile_html("Best baseline", texts_of(best.evaluation).accuracy + " %", best.name);
    tiles += tile_html("AUC", network.auc, "rises against falls");
  }
  tiles += tile_html("Training samples", number_text(record.training_samples), "");
  int epochs = 0;
  for (const MemberRecord& member : record.members) epochs += member.epochs;
  if (report.model.takes() == InputKind::flow)
    return tiles + tile_html("Steps", std::to_string(epochs), "of Newton's method");
  return tiles + tile_html("Epochs", std::to_string(epochs),
                           counted_text(std::uint64_t{record.members.size()}, "network"));
}

constexpr std::string_view style =
    ".verdict { margin: 8px 0 24px; font-size: 18px; }\n"
    ".pair .lines.square { margin-right: 12px; }\n";

}  // namespace

std::vector<LevelWeight> level_weights(const Model& model) {
  const auto& parts = model.parts();
  const std::size_t distances = model.inputs() / 2;
  const std::vector<float>& through = parts.transform.level_weights();
  std::vector<LevelWeight> levels(distances);
  for (std::size_t k = 0; k < distances; ++k) {
    const auto bid = static_cast<Index>(distances - 1 - k), ask = static_cast<Index>(distances + k);
    double squares = 0, count = 0;
    for (const Network& member : parts.members) {
      const Matrix& weights = member.layers().front().weights();
      squares += double{weights.col(bid).squaredNorm()} + double{weights.col(ask).squaredNorm()};
      count += 2 * static_cast<double>(weights.rows());
    }
    levels[k] = {.let_through = through.empty() ? 1 : double{through[k]},
                 .learnt = std::sqrt(squares / count)};
  }
  return levels;
}

std::string report_page(const TrainingReport& report) {
  const TrainingRecord& record = report.model.training();
  const std::vector<Contested> contests = contests_of(report);
  std::string body = tiles_html(result_tiles(report, contests));
  if (contests.empty())
    body += section_html("verdict", "Verdict",
                         paragraph("No validation or test samples: nothing tells how good the " +
                                   model_name(record) + " is."));
  for (const Contested& contest : contests) body += contest_html(contest);
  if (report.model.takes() == InputKind::volumes) {
    body += section_html("training", "Training", losses_html(report));
    body += section_html("which-levels", "Which levels count", levels_html(report.model));
  }
  body += side_by_side_html("Summary and options", pairs_html("Summary", summary_of(report)) +
                                                       pairs_html("Options", options_of(record)));
  body += files_html(report.files);
  return page_html({.kind = "training report",
                    .title = "Training of " + report.name,
                    .span = span_of(record),
                    .tool = "obtrain " + std::string{obkit::version()},
                    .body_html = std::move(body),
                    .style = style,
                    .scripts_html = fill(R"(<script type="application/json" id="record">{{json}})"
                                         "</script>",
                                         {{"json", json_for_script(to_json(record))}})});
}

}  // namespace obkit::obtrain
