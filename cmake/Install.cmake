# Where everything goes; scripts/install is the way to it. Below the prefix only: what belongs to the site is made by
# scripts/install in /etc/dualwrite.
include(GNUInstallDirs)

set(data_dir ${CMAKE_INSTALL_DATADIR}/dualwrite)
install(FILES config/dualwrite.production.json config/dualwrite.example.json config/dualwrite.schema.json
              config/table-map.schema.json
        DESTINATION ${data_dir})
install(DIRECTORY config/maps config/catalogue DESTINATION ${data_dir} FILES_MATCHING PATTERN "*.json")
install(FILES README.md LICENSE src/admin/openapi.json docs/ARCHITECTURE.md docs/CLI.md docs/CONFIGURATION.md
              docs/INGEST.md docs/INSTALL.md docs/MAPS.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/man/dualwrite.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
# lib, whatever the architecture: that is where systemd looks.
install(FILES config/systemd/dualwrite.sysusers.conf DESTINATION lib/sysusers.d RENAME dualwrite.conf)
# The prefix is known only now: cmake --install --prefix may change it.
install(CODE "
  set(BIN_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  set(DATA_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
  set(CONFIG_DIR /etc/dualwrite)
  configure_file(\"${CMAKE_SOURCE_DIR}/config/systemd/dualwrite.service.in\"
                 \"${CMAKE_BINARY_DIR}/dualwrite.service\" @ONLY)")
install(FILES ${CMAKE_BINARY_DIR}/dualwrite.service DESTINATION lib/systemd/system)
