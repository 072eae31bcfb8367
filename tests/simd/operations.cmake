# treadle_add_simd_operations(TARGET): adds the operations of each instruction set, compiled with its flags.
set(treadle_simd_tests ${CMAKE_CURRENT_LIST_DIR})
function(treadle_add_simd_operations target)
  get_property(isas GLOBAL PROPERTY TREADLE_ISAS)
  foreach(isa IN LISTS isas)
    get_property(flags GLOBAL PROPERTY TREADLE_ISA_FLAGS_${isa})
    string(SUBSTRING ${isa} 0 1 initial)
    string(SUBSTRING ${isa} 1 -1 rest)
    string(TOUPPER ${initial} initial)
    add_library(test_simd_${isa} OBJECT ${treadle_simd_tests}/operations.cpp)
    target_include_directories(test_simd_${isa} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib
                               ${PROJECT_BINARY_DIR}/lib)
    target_compile_definitions(test_simd_${isa} PRIVATE TREADLE_TEST_ISA=${isa} TREADLE_TEST_BATCH=${initial}${rest}
                               TREADLE_TEST_HEADER="simd/${isa}.hpp")
    target_link_libraries(test_simd_${isa} PRIVATE treadle_flags)
    target_compile_options(test_simd_${isa} PRIVATE ${flags})
    target_link_libraries(${target} PRIVATE test_simd_${isa})
  endforeach()
endfunction()
