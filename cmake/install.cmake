# What `cmake --install` lays down: libraries, headers, the CMake package, pkg-config files, documents. The tool
# installs itself.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(treadle_libraries treadle_core)
if(TARGET treadle)
  list(APPEND treadle_libraries treadle)
endif()
install(TARGETS ${treadle_libraries} EXPORT TreadleTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# What a user of these static libraries has to find again is what they were linked with.
set(treadle_dependencies "")
set(treadle_requires "treadle-core = ${PROJECT_VERSION}")
set(treadle_system_libraries "")
if(TARGET treadle)
  get_target_property(linked treadle LINK_LIBRARIES)
  if("Threads::Threads" IN_LIST linked)
    string(APPEND treadle_dependencies "find_dependency(Threads)\n")
    string(APPEND treadle_system_libraries " -pthread")
  endif()
  if("TBB::tbb" IN_LIST linked)
    string(APPEND treadle_dependencies "find_dependency(TBB)\n")
    string(APPEND treadle_requires ", tbb")
  endif()
  if("ZLIB::ZLIB" IN_LIST linked)
    string(APPEND treadle_dependencies "find_dependency(ZLIB)\n")
    string(APPEND treadle_requires ", zlib")
  endif()
  if("PNG::PNG" IN_LIST linked)
    string(APPEND treadle_dependencies "find_dependency(PNG)\nfind_dependency(JPEG)\n")
    string(APPEND treadle_requires ", libpng, libjpeg")
  endif()
endif()

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/Treadle)
install(EXPORT TreadleTargets NAMESPACE treadle:: DESTINATION ${package_folder})
configure_package_config_file(cmake/TreadleConfig.cmake.in ${PROJECT_BINARY_DIR}/TreadleConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/TreadleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TreadleConfig.cmake ${PROJECT_BINARY_DIR}/TreadleConfigVersion.cmake
        DESTINATION ${package_folder})

# A prefix relative to the file itself, so that an installed tree can be moved; absolute folders stay as they are.
file(RELATIVE_PATH treadle_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" treadle_pc_prefix "\${pcfiledir}/${treadle_pc_to_prefix}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(treadle_pc_prefix ${CMAKE_INSTALL_PREFIX})
endif()
foreach(folder LIBDIR INCLUDEDIR)
  cmake_path(APPEND treadle_pc_${folder} "\${prefix}" "${CMAKE_INSTALL_${folder}}")
endforeach()
configure_file(cmake/treadle-core.pc.in treadle-core.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/treadle-core.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET treadle)
  configure_file(cmake/treadle.pc.in treadle.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/treadle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md")
