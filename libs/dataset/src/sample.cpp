#include "obkit/dataset/sample.hpp"

#include "obkit/core/number.hpp"

namespace obkit::dataset {

void append_sample(std::string& out, const Sample& sample) {
  out += R"({"volumes":[)";
  out += sample.volumes_text;
  for (const double volume : sample.volumes) {
    append_number(out, volume);
    out += ',';
  }
  if (!sample.volumes.empty()) out.pop_back();
  out.append(R"(],"direction":)").append(std::to_string(sample.direction));
  if (sample.time) {
    out.append(R"(,"date":)").append(std::to_string(sample.time->date));
    out.append(R"(,"time":)").append(std::to_string(sample.time->time));
  }
  if (!sample.label.empty()) out.append(R"(,"label":")").append(sample.label).append("\"");
  out += "}\n";
}

}  // namespace obkit::dataset
