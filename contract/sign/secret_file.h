// Secrets and certificates that the command line names the files of: never in an
// argument.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "contract/sign/files.h"
#include "core/result.h"

namespace torpor::contract::sign {

// The lines of a secret's file, each of printable characters without a space; the last
// one may end with a line break.
//   kKeyFileExposed  others than its owner may read or write it
//   kKeyMalformed    another number of lines, or something else in one
//   kFileMissing  kFileTooLarge  kIo  as ReadFile()
Result<std::vector<std::string>> ReadSecret(const std::filesystem::path& path,
                                            std::size_t lines);

// A file of certificates, or of a key, as it is; whoever reads it for TLS says the rest.
// A key that wants a passphrase is none, for there is nobody to give it.
//   kKeyFileExposed  a secret that others than its owner may read or write
//   kKeyMalformed    not PEM, or encrypted
//   kFileMissing  kFileTooLarge  kIo  as ReadFile()
Result<std::string> ReadPem(const std::filesystem::path& path, Secrecy secrecy);

}  // namespace torpor::contract::sign
