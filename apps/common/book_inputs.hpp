#pragma once

#include <optional>
#include <string>
#include <vector>

#include "obkit/cli/cli11_fwd.hpp"
#include "obkit/cli/input_options.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/day_file_reader.hpp"

namespace obkit::common {

/// How obsignal and obbacktest read books.
struct BookInputs : cli::InputOptions {
  std::string symbol;  ///< the only one to take day-files of; empty: the one there is
  bool allow_in_sample = false;
  bool silent = false;  ///< no warning at all: the books were read before
};

/// Offers them. `options` must outlive the parsing.
void add_book_inputs(CLI::App& app, BookInputs& options);

/// For CLI::Option::check(): CLI11 takes "-1" for a very large unsigned number.
[[nodiscard]] std::string at_least_one(const std::string& text);

/// The files of the inputs. Throws UsageError where they are of several symbols and none was
/// chosen, or of others than the one chosen, where one is given twice or is one of the outputs, as
/// is one of `others` that are read; IoError where one is missing. Warns of days out of order.
[[nodiscard]] std::vector<std::string> files_of(const BookInputs& options,
                                                const std::vector<cli::NamedFile>& others,
                                                const std::vector<cli::NamedFile>& outputs);

/// The symbols of day-files, by name, where all inputs have one, there are several, and none was
/// chosen; else empty. Throws IoError where an input is missing.
[[nodiscard]] std::vector<std::string> several_symbols(const BookInputs& options);

/// What there was where no book was; empty where there was one.
[[nodiscard]] std::optional<DataError> no_book(const std::vector<std::string>& inputs,
                                               const store::ReadReport& report);
/// Nothing read is no success: throws DataError where no book was, and says what there was.
void refuse_no_book(const std::vector<std::string>& inputs, const store::ReadReport& report);

}  // namespace obkit::common
