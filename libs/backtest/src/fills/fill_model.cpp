#include "obkit/backtest/fill_model.hpp"

#include <algorithm>
#include <array>

namespace obkit::backtest {

/// Each is defined in the file of its name.
namespace fills {
FillModel taker();
FillModel touch();
FillModel queue();
}  // namespace fills

std::span<const FillModel> fill_models() {
  static const std::array all{fills::taker(), fills::touch(), fills::queue()};
  return all;
}

const FillModel* find_fill_model(std::string_view name) {
  const auto all = fill_models();
  const auto found = std::ranges::find(all, name, &FillModel::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace obkit::backtest
