/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads commands.def once with the macros its includer has defined; all others mean nothing. No include guard: included many times. */
#ifndef NOUN
#define NOUN(id, word)
#endif
#ifndef GLOBAL
#define GLOBAL(name, letter, value, kind, flags, help)
#endif
#ifndef COMMAND
#define COMMAND(function, noun, verb, needs, result, twins)
#endif
#ifndef ARG
#define ARG(name, kind, flags, help)
#endif
#ifndef OPTION
#define OPTION(name, value, kind, flags, help)
#endif
#ifndef END
#define END
#endif
/* A command of the window that poolctl has no twin of, and why. Read by the test that compares the two lists. */
#define WITHOUT_TWIN(window_command, reason)

#include "commands.def"

#undef NOUN
#undef GLOBAL
#undef COMMAND
#undef ARG
#undef OPTION
#undef END
#undef WITHOUT_TWIN
