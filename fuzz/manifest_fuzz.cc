// The list of recordings in a data folder, as anyone may have written it: refused in one
// line, or entries whose files stay within the folder.
#include "fuzz/target.h"
#include "simulate/manifest.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace torpor;
  const auto manifest = simulate::ParseManifest(fuzz::Text(data, size), "data");
  if (!manifest.ok()) {
    fuzz::Expect(manifest.refusal().what.find('\n') == std::string::npos,
                 "a refusal is one line");
    return 0;
  }
  for (const simulate::Entry& entry : manifest->entries) {
    const std::string path = entry.file.lexically_normal().string();
    fuzz::Expect(path.starts_with("data"), "a file stays within its folder");
  }
  return 0;
}
