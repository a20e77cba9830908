#include "obkit/dataset/labeller.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "pending_books.hpp"

namespace obkit::dataset {
namespace {

using Kind = LabelRule::Kind;

std::int64_t milliseconds(DateTime time) {
  const auto timestamp = to_timestamp(time);
  assert(timestamp);
  return std::chrono::duration_cast<std::chrono::milliseconds>(timestamp->time_since_epoch())
      .count();
}

Price double_mid(std::int64_t units) { return Price::from_units(units, 0); }

}  // namespace

class Labeller::Implementation {
 public:
  Implementation(const LabelRule& rule, Scratch scratch)
      : rule_{rule},
        label_{rule == LabelRule{} ? std::string{} : to_string(rule)},
        pending_{std::move(scratch.folder), scratch.memory_bytes} {}

  void push(const OrderBook& book, std::size_t input, std::string_view volumes_text) {
    assert(!decided());
    if (book.gap) {
      pending_.clear();
      latest_.reset();
    }
    latest_ = latest_ ? std::max(*latest_, book.time) : book.time;
    ++number_;
    before_ = now_;
    now_ = {.double_mid = book.double_mid().units(),
            .moment = rule_.kind == Kind::milliseconds ? milliseconds(*latest_) : number_,
            .input = input,
            .time = book.time};
    if (volumes_text.empty())  // never decided by itself
      pending_.push(now_, book.volumes);
    else
      pending_.push(now_, volumes_text);
  }

  std::optional<std::size_t> take(Sample& sample) {
    while (decided()) {
      const PendingBook book = pending_.front();
      const auto found = direction(rule_, double_mid(book.double_mid), double_mid(compared_mid()));
      if (found) {
        pending_.copy_volumes(sample);
        sample.direction = *found;
        sample.time = book.time;
        sample.label = label_;
      }
      pending_.pop();
      if (found) return book.input;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t oldest_input() const { return pending_.front().input; }
  [[nodiscard]] std::optional<DateTime> latest_time() const { return latest_; }

 private:
  /// Whether the oldest book that waits can be compared now.
  [[nodiscard]] bool decided() const {
    if (pending_.empty()) return false;
    const PendingBook& book = pending_.front();
    switch (rule_.kind) {
      case Kind::next:
        return book.moment < now_.moment;
      case Kind::every:
        return book.moment < now_.moment && now_.double_mid != before_.double_mid;
      case Kind::books:
        return now_.moment - book.moment >= rule_.horizon;
      case Kind::milliseconds:
        return now_.moment - book.moment > rule_.horizon;
    }
    return false;
  }

  [[nodiscard]] std::int64_t compared_mid() const {
    return rule_.kind == Kind::milliseconds ? before_.double_mid : now_.double_mid;
  }

  LabelRule rule_;
  std::string label_;
  PendingBooks pending_;
  std::int64_t number_ = 0;
  PendingBook now_, before_;
  std::optional<DateTime> latest_;
};

Labeller::Labeller(const LabelRule& rule, Scratch scratch)
    : implementation_{std::make_unique<Implementation>(rule, std::move(scratch))} {}
Labeller::Labeller(const LabelRule& rule) : Labeller{rule, Scratch{}} {}
Labeller::Labeller(Labeller&&) noexcept = default;
Labeller& Labeller::operator=(Labeller&&) noexcept = default;
Labeller::~Labeller() = default;

void Labeller::push(const OrderBook& book, std::size_t input, std::string_view volumes_text) {
  implementation_->push(book, input, volumes_text);
}
std::optional<std::size_t> Labeller::take(Sample& sample) { return implementation_->take(sample); }
std::size_t Labeller::oldest_input() const { return implementation_->oldest_input(); }
std::optional<DateTime> Labeller::latest_time() const { return implementation_->latest_time(); }

}  // namespace obkit::dataset
