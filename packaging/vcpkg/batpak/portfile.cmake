# The port builds the tree that it lies in: an overlay port, used with
# `vcpkg install batpak --overlay-ports=packaging/vcpkg`.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURES
  FEATURES
    lmdb BATPAK_WITH_LMDB
    sqlite BATPAK_WITH_SQLITE
    proof BATPAK_WITH_PROOF)
vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURES}
    -DBATPAK_BUILD_TESTS=OFF
    -DBATPAK_WITH_INSPECTOR=OFF
    -DBATPAK_BUILD_TOOLS=OFF
    -DBATPAK_BUILD_EXAMPLES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/batpak)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE-MIT" "${SOURCE_PATH}/LICENSE-APACHE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
