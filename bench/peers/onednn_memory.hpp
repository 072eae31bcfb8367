// Short words for oneDNN's memory objects.
#pragma once

#include <cstddef>
#include <dnnl.hpp>

namespace treadle::bench::onednn {

using dnnl::memory;
using Tag = memory::format_tag;

/// Strides, windows and paddings.
inline const memory::dims one{1, 1}, two{2, 2}, zero{0, 0};

inline memory::desc desc(const memory::dims& shape, Tag tag) { return {shape, memory::data_type::f32, tag}; }

inline float* floats(const memory& of) { return static_cast<float*>(of.get_data_handle()); }

inline std::size_t count(const memory& of) { return of.get_desc().get_size() / sizeof(float); }

}  // namespace treadle::bench::onednn
