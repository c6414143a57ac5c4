#include "agent/program_digest.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "agent/accelerator/descriptor.h"
#include "contract/digest.h"

namespace torpor::agent {

// Mapped, not read: what is in the page cache already is not copied.
Digest ProgramDigest() {
  const Descriptor program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!program.valid() || ::fstat(program.get(), &status) != 0 || status.st_size <= 0) {
    return {};
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const bytes =
      ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, program.get(), 0);
  if (bytes == MAP_FAILED) return {};
  const Digest digest = contract::DigestOf({static_cast<const std::byte*>(bytes), size});
  ::munmap(bytes, size);
  return digest;
}

}  // namespace torpor::agent
