// Small data sets and a trained model, made once in a temporary folder that goes away with the test program.
#pragma once

#include <cstddef>
#include <string>

namespace treadle::test {

inline constexpr std::size_t train_samples = 150;
inline constexpr std::size_t test_samples = 40;
inline constexpr std::size_t image_classes = 4;

/// The folder itself. Tests may write to it; what they share has the names below.
const std::string& folder();

std::string idx_folder();     ///< 6x5 images, `image_classes` classes that are easy to tell apart
std::string csv_file();       ///< header "a,b,c,kind": 3 features, 3 classes in the last column, 90 samples
std::string csv_with_text();  ///< the same with a word among the numbers of line 4
std::string idx_model();      ///< mlp trained on idx_folder()
std::string csv_model();      ///< mlp trained on csv_file()

}  // namespace treadle::test
