#include "history.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "obkit/core/number.hpp"

namespace obtrain {
namespace {

/// Empty where there is no number.
std::string cell(std::optional<double> value) {
  std::string text;
  if (value && std::isfinite(*value)) obkit::append_number(text, *value);
  return text;
}

}  // namespace

History::History(std::unique_ptr<obkit::ByteSink> sink) : sink_{std::move(sink)} {
  if (sink_) sink_->write("member,part,epoch,training_loss_nats,validation_loss_nats\n");
}

void History::add(std::size_t member, const obkit::neural::Epoch& epoch) {
  if (!sink_) return;
  const std::string row = fmt::format("{},{},{},{},{}\n", member + 1, epoch.part + 1, epoch.number,
                                      cell(epoch.training_loss), cell(epoch.validation_loss));
  if (member == current_)
    sink_->write(row);
  else
    waiting_[member] += row;
}

void History::finish(std::size_t member) {
  if (!sink_) return;
  finished_[member] = true;
  while (finished_[current_]) sink_->write(waiting_[++current_]);
}

void History::close() {
  if (sink_) sink_->close();
}

}  // namespace obtrain
