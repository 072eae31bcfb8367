// Everything that Treadle offers.
#pragma once

#include <treadle/augmentation.hpp>
#include <treadle/chart.hpp>
#include <treadle/checkpoint.hpp>
#include <treadle/data.hpp>
#include <treadle/executor.hpp>
#include <treadle/export.hpp>
#include <treadle/guard.hpp>
#include <treadle/isa.hpp>
#include <treadle/layers.hpp>
#include <treadle/losses.hpp>
#include <treadle/memory.hpp>
#include <treadle/model.hpp>
#include <treadle/normalization.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/page.hpp>
#include <treadle/placement.hpp>
#include <treadle/plan.hpp>
#include <treadle/result.hpp>
#include <treadle/run_log.hpp>
#include <treadle/run_report.hpp>
#include <treadle/shape.hpp>
#include <treadle/source.hpp>
#include <treadle/split.hpp>
#include <treadle/training.hpp>
#include <treadle/version.hpp>
