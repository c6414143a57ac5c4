// In the place of mat_file.cc where libmatio-dev was not there.
#include "simulate/sample_file.h"

namespace torpor::simulate {

OpenedFile OpenMatFile(const Entry& entry) {
  return RefuseEntry(entry, Status::kRecordingNotAudio,
                     "is a MAT file, and this torpor was built without libmatio-dev");
}

}  // namespace torpor::simulate
