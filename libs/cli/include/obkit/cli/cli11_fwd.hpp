#pragma once

// CLI11's names for headers. Each source that includes its own header compiles all of it, used or
// not, as it has constants with constructors: 3 seconds, and 7 under sanitizers.

namespace CLI {

class App;
class Option;

}  // namespace CLI
