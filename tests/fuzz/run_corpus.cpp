// Where no libFuzzer is: runs a fuzz target over files and folders of inputs, as they are.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <vector>

#include "obkit/core/byte_stream.hpp"

#include "fuzz.hpp"

namespace {

constexpr std::size_t largest = std::size_t{1} << 20;

void run(const std::filesystem::path& file) {
  std::cout << file.filename().string() << std::endl;  // flushed: the last one named has failed
  const std::string text = obkit::read_all(file.string(), largest);
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator{argv[i]})
      run(entry.path()), ++count;
  return count > 0 ? 0 : 1;
}
