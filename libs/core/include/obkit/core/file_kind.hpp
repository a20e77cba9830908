#pragma once

#include <string>
#include <string_view>

namespace obkit {

/// What files of obkit are, for people. In front of the comma stands the name alone.
namespace file_kinds {
inline constexpr std::string_view day_file =
    "a day-file, which obdataset, obsignal and obbacktest read";
inline constexpr std::string_view dataset = "a training set (.ds), which obtrain reads";
inline constexpr std::string_view capture = "a capture, which obsave --replay reads";
inline constexpr std::string_view model = "a model of obkit, which --model takes";
inline constexpr std::string_view manifest = "the manifest of a day-file, which is beside it";
inline constexpr std::string_view checkpoint = "a checkpoint of obtrain, which --resume takes";
inline constexpr std::string_view signals = "signals, which obsignal writes";
inline constexpr std::string_view trades = "trades, which obbacktest writes";
inline constexpr std::string_view exchange_trades =
    "trades of an exchange, which obsave --trades writes beside day-files";
}  // namespace file_kinds

/// What bytes are that begin so and are no text, for people: "xz, which unxz unpacks"; empty where
/// nothing of that kind is known.
[[nodiscard]] std::string_view foreign_format(std::string_view head);

/// What a file is that begins so: one of file_kinds, a foreign format, or what a download left
/// where a file should be; empty where it is not known. `head` is its first line at least; what
/// follows may be there, too. Compressed files are to be unpacked first.
[[nodiscard]] std::string_view kind_of_file(std::string_view head);

/// "expected a model of obkit, found a day-file, which …", where `head` is known and not of the
/// kind that is wanted, one of file_kinds; else empty.
[[nodiscard]] std::string wrong_kind(std::string_view head, std::string_view wanted);

}  // namespace obkit
