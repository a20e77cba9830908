#include "obtrain/losses.hpp"

#include <utility>

namespace obkit::obtrain {

void Losses::add(std::size_t member, const obkit::neural::Epoch& epoch) {
  if (member >= members_.size()) members_.resize(member + 1);
  Member& one = members_[member];
  if (epoch.part != one.part) one.before = one.last.epoch;
  one.part = epoch.part;
  one.last = {.epoch = one.before + epoch.number,
              .training = epoch.training_loss,
              .validation = epoch.validation_loss};
  if (one.last.epoch % one.stride != 0) return;
  one.kept.push_back(one.last);
  if (one.kept.size() < most_points) return;
  one.stride *= 2;
  std::erase_if(one.kept, [&](const Point& point) { return point.epoch % one.stride != 0; });
}

std::vector<std::vector<Losses::Point>> Losses::members() const {
  std::vector<std::vector<Point>> all;
  for (const Member& member : members_) {
    std::vector<Point> points = member.kept;
    const bool ends_so = !points.empty() && points.back().epoch == member.last.epoch;
    if (member.last.epoch > 0 && !ends_so) points.push_back(member.last);
    all.push_back(std::move(points));
  }
  return all;
}

}  // namespace obkit::obtrain
