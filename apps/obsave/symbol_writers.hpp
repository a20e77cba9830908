#pragma once

#include <exception>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/store/day_file_writer.hpp"
#include "obkit/store/json_line.hpp"
#include "obkit/store/manifest.hpp"

namespace obkit::obsave {

/// Does `action` with each of the writers, also where one throws; then throws the first of these
/// IoErrors.
template <class Writers, class Action>
void for_each_one(Writers& writers, Action action) {
  std::exception_ptr first;
  for (auto& [symbol, writer] : writers) {
    try {
      action(writer);
    } catch (const IoError&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

/// Writers of files in one folder, one a symbol, each made when it is asked for first.
template <class Writer>
class SymbolWriters {
 public:
  using Map = std::map<std::string, Writer>;
  using Opened = std::function<void(const store::OpenedDayFile&)>;

  /// `options` are those of every symbol, whose name is filled in.
  SymbolWriters(store::DayFileOptions options, Opened opened)
      : options_{std::move(options)}, opened_{std::move(opened)} {}

  /// That of the symbol. Throws IoError where its files are another's, or cannot be; DataError
  /// where no file can be named after it, or those of another symbol have that name.
  [[nodiscard]] Writer& of(const std::string& symbol) {
    if (recent_ != nullptr && recent_->first == symbol) return recent_->second;
    auto writer = writers_.find(symbol);
    if (writer == writers_.end()) writer = make(symbol);
    recent_ = &*writer;
    return writer->second;
  }
  /// Null: it has none yet.
  [[nodiscard]] Writer* find(const std::string& symbol) {
    const auto writer = writers_.find(symbol);
    return writer == writers_.end() ? nullptr : &writer->second;
  }
  /// What manifests of the symbol say of it from now on.
  void describe(const std::string& symbol, const store::InstrumentTerms& terms) {
    terms_[symbol] = terms;
    if (Writer* const writer = find(symbol); writer != nullptr) writer->describe(terms);
  }
  /// Whose records those of the symbol are that come from now on; an empty symbol: all.
  void set_venue(const std::string& symbol, std::string_view venue) {
    if (!symbol.empty()) return of(symbol).set_venue(std::string{venue});
    if (options_.manifest) options_.manifest->venue = venue;
    for (auto& [name, writer] : writers_) writer.set_venue(std::string{venue});
  }

  [[nodiscard]] Map& all() { return writers_; }
  [[nodiscard]] const Map& all() const { return writers_; }
  [[nodiscard]] const std::string& folder() const { return options_.folder; }

 private:
  [[nodiscard]] typename Map::iterator make(const std::string& symbol) {
    const auto [name, is_free] = names_.try_emplace(store::name_of_symbol(symbol), symbol);
    if (!is_free)
      throw DataError{{.name = store::shown(symbol)},
                      "its files would have the names of those of " + store::shown(name->second) +
                          "; record one of them at a time (-s)"};
    store::DayFileOptions options = options_;
    options.symbol = symbol;
    if (const auto terms = terms_.find(symbol); options.manifest && terms != terms_.end())
      options.manifest->instrument = terms->second;
    return writers_.emplace(symbol, Writer{std::move(options), opened_}).first;
  }

  store::DayFileOptions options_;
  Opened opened_;
  Map writers_;
  std::map<std::string, store::InstrumentTerms> terms_;
  std::map<std::string, std::string> names_;    ///< of files, and whose they are
  typename Map::value_type* recent_ = nullptr;  ///< one of them: mostly the next one, too
};

}  // namespace obkit::obsave
