# What is installed, as the packages divide it: `cmake --install BUILD --component torpord`.
#
# The programs look for each other beside themselves, for back ends in ../lib/torpor and for
# networks in ../share/torpor: the tree may stand anywhere.

install(TARGETS torpord torpor-accelerator RUNTIME COMPONENT torpord)
foreach(back_end IN ITEMS torpor-cuda torpor-tensorrt8 torpor-tensorrt10)
  if(TARGET ${back_end})
    install(TARGETS ${back_end} LIBRARY DESTINATION lib/torpor COMPONENT torpord)
  endif()
endforeach()

# torpor simulate runs the firmware's host port, and pretends a GPU.
install(TARGETS torpor torpor-firmware RUNTIME COMPONENT torpor)
install(TARGETS torpor-pretended LIBRARY DESTINATION lib/torpor COMPONENT torpor)

# Both need them.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/model/shipped/ DESTINATION share/torpor
        COMPONENT torpor-models)

# Manual pages and completions, which the build has its programs write.
set(manual ${PROJECT_BINARY_DIR}/manual)
install(DIRECTORY ${manual}/ DESTINATION share/man/man1 COMPONENT torpor
        FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${manual}/ DESTINATION share/man/man8 COMPONENT torpord
        FILES_MATCHING PATTERN "*.8")
foreach(program IN ITEMS torpor torpord)
  install(FILES ${manual}/${program}.bash DESTINATION share/bash-completion/completions
          RENAME ${program} COMPONENT ${program})
  install(FILES ${manual}/${program}.zsh DESTINATION share/zsh/vendor-completions
          RENAME _${program} COMPONENT ${program})
  install(FILES ${manual}/${program}.fish DESTINATION share/fish/vendor_completions.d
          COMPONENT ${program})
endforeach()
