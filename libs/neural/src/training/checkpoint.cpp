#include "obkit/neural/checkpoint.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"

#include "training/fingerprint.hpp"

namespace obkit::neural {
namespace {

constexpr std::string_view magic = "obkit-checkpoint-1\n";

/// Little-endian numbers, one behind the other.
class CheckpointWriter {
 public:
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes_ += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void floats(std::span<const float> values) {
    number(values.size());
    for (const float value : values) {
      const auto bits = std::bit_cast<std::uint32_t>(value);
      for (int shift = 0; shift < 32; shift += 8)
        bytes_ += static_cast<char>(static_cast<unsigned char>(bits >> shift));
    }
  }
  void raw(std::string_view value) { bytes_ += value; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes apart what CheckpointWriter put together; throws DataError rather than read beyond the
/// end.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& name) : bytes_{bytes}, name_{name} {}

  std::uint64_t number() { return load_little_endian(take(8)); }
  bool flag() {
    const std::uint64_t value = number();
    if (value > 1) fail("a flag is out of range");
    return value == 1;
  }
  std::string_view text() { return take(number()); }
  void floats(std::span<float> to) {
    if (number() != to.size()) fail("the layers have other shapes");
    for (float& value : to)
      value = std::bit_cast<float>(static_cast<std::uint32_t>(load_little_endian(take(4))));
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size()) fail("it ends too early");
    const auto taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  [[noreturn]] void fail(const std::string& problem) const {
    throw DataError{{.name = name_}, "no checkpoint to go on from: " + problem};
  }

 private:
  std::string_view bytes_;
  const std::string& name_;
};

void write_network(CheckpointWriter& writer, Network network) {
  for (const auto& block : network.parameters()) writer.floats(block);
}

void write_state(CheckpointWriter& writer, const TrainingState& state) {
  writer.number(state.part);
  writer.number(static_cast<std::uint64_t>(state.epochs));
  writer.number(static_cast<std::uint64_t>(state.best_epoch));
  writer.number(std::bit_cast<std::uint64_t>(state.best_loss));
  write_network(writer, state.network);
  write_network(writer, state.best);
  writer.number(state.optimizer.steps);
  writer.number(state.optimizer.slots.size());
  for (const Vector& slot : state.optimizer.slots)
    writer.floats({slot.data(), static_cast<std::size_t>(slot.size())});
}

int read_epoch(Reader& reader) {
  const std::uint64_t value = reader.number();
  if (value > std::numeric_limits<int>::max()) reader.fail("an epoch is out of range");
  return static_cast<int>(value);
}

/// As many slots for each parameter block, behind each other.
void read_optimizer(Reader& reader, Network& network, OptimizerState& optimizer) {
  optimizer.steps = reader.number();
  const std::uint64_t slots = reader.number();
  const ParameterBlocks blocks = network.parameters();
  constexpr std::uint64_t most_slots_a_block = 2;
  if (slots % blocks.size() != 0 || slots > most_slots_a_block * blocks.size())
    reader.fail("the optimizer's state has another shape");
  const std::uint64_t per_block = slots / blocks.size();
  for (std::size_t i = 0; i < slots; ++i) {
    Vector& slot = optimizer.slots.emplace_back(static_cast<Index>(blocks[i / per_block].size()));
    reader.floats({slot.data(), static_cast<std::size_t>(slot.size())});
  }
}

TrainingState read_state(Reader& reader, TrainingState state) {
  state.part = reader.number();
  state.epochs = read_epoch(reader);
  state.best_epoch = read_epoch(reader);
  state.best_loss = std::bit_cast<double>(reader.number());
  for (Network* network : {&state.network, &state.best})
    for (const auto& block : network->parameters()) reader.floats(block);
  read_optimizer(reader, state.network, state.optimizer);
  return state;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void expect_subject(const Reader& reader, std::string_view found, std::string_view expected) {
  while (!found.empty() || !expected.empty()) {
    const auto was = next_line(found), is = next_line(expected);
    if (was != is)
      reader.fail("it was made with " + std::string{was} + ", this is " + std::string{is});
  }
}

}  // namespace

std::string to_bytes(const Checkpoint& checkpoint) {
  CheckpointWriter writer;
  writer.raw(magic);
  writer.text(checkpoint.subject);
  writer.number(checkpoint.members.size());
  for (const auto& member : checkpoint.members) {
    writer.number(member ? 1 : 0);
    if (member) write_state(writer, *member);
  }
  const std::uint64_t sum = checksum(writer.bytes());
  writer.number(sum);
  return writer.bytes();
}

std::vector<TrainingState> read_checkpoint(std::string_view bytes, const std::string& name,
                                           std::string_view subject,
                                           std::span<const TrainingState> fresh) {
  constexpr std::size_t sum_size = 8;
  Reader reader{bytes.substr(0, bytes.size() - std::min(bytes.size(), sum_size)), name};
  if (const auto problem = wrong_kind(bytes, file_kinds::checkpoint); !problem.empty())
    reader.fail(problem);
  if (!bytes.starts_with(magic)) reader.fail("it does not start like one");
  if (bytes.size() < magic.size() + sum_size ||
      Reader{bytes.substr(bytes.size() - sum_size), name}.number() !=
          checksum(bytes.substr(0, bytes.size() - sum_size)))
    reader.fail("it is cut or damaged");
  (void)reader.take(magic.size());
  expect_subject(reader, reader.text(), subject);
  if (reader.number() != fresh.size()) reader.fail("it has another number of members");
  std::vector<TrainingState> states;
  for (const TrainingState& begin : fresh)
    states.push_back(reader.flag() ? read_state(reader, begin) : begin);
  if (!reader.at_end()) reader.fail("something follows its end");
  return states;
}

}  // namespace obkit::neural
