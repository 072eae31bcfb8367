// The memory of the example's steps, as `treadle export` measures it: in stripes.h for a scalar FPU.
#pragma once

#include "../stripes.h"

#if defined(__ARM_FEATURE_MVE)
// With --target cortex-m55-helium: panels of eight columns, where a scalar FPU takes four.
using TrainingMemory = treadle::PlanMemory<55296, treadle::plan_sizes_32>;
using InferenceMemory = treadle::PlanMemory<20736, treadle::plan_sizes_32>;
#else
using TrainingMemory = stripes::TrainingMemory;
using InferenceMemory = stripes::InferenceMemory;
#endif
