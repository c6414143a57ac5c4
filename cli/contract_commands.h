// What the sub-commands of torpor contract share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "contract/finding.h"
#include "contract/sign/activation_report.h"
#include "contract/terms.h"
#include "contract/verify.h"
#include "core/json_hosted.h"
#include "core/result.h"

namespace torpor::cli {

struct ContractOptions {
  std::string base, fleet, name, gateway;
  std::vector<std::string> robots, groups;
  bool list = false, expanded = false, explain = false, json = false;
  std::string file, key, out, previous;
  std::vector<std::string> keyring;
  std::string robot, state;
};

// The sub-commands that make something, and those that look at what is there.
void AddContractMaking(const Command& group,
                       const std::shared_ptr<ContractOptions>& options, Outcome& outcome);
void AddContractChecking(const Command& group,
                         const std::shared_ptr<ContractOptions>& options,
                         Outcome& outcome);
void AddContractStaging(const Command& group,
                        const std::shared_ptr<ContractOptions>& options,
                        Outcome& outcome);

Command ContractCommand(const Command& group, const char* name, const char* what,
                        const std::shared_ptr<ContractOptions>& options, Outcome& outcome,
                        void (*act)(const ContractOptions&, Outcome&));

// Unix seconds.
std::uint64_t Now();

void PrintJson(const nlohmann::ordered_json& json);

// The source's terms, or every mistake in it, the place first, as editors jump to it.
Result<contract::Terms> ReadSourceOrSay(const std::string& path, Outcome& outcome);

void SayFindings(const contract::Findings& findings, Outcome& outcome);

// What the bundle says, checked with the keyring; `bundle` gets the very bytes.
Result<contract::VerifiedTerms> VerifyOrSay(const ContractOptions& options,
                                            Outcome& outcome,
                                            std::vector<std::byte>* bundle = nullptr);

// As people know a contract: its short digest in hex.
std::string IdOf(const contract::VerifiedTerms& verified);

// "night 1.7, contract 0123456789abcdef".
std::string Describe(const contract::sign::NamedContract& contract);

}  // namespace torpor::cli
