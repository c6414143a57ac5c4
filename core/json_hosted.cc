#include "core/json_hosted.h"

TORPOR_COMPILED_JSON(, nlohmann::json)
TORPOR_COMPILED_JSON(, nlohmann::ordered_json)
