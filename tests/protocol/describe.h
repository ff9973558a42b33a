/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contract of messages.def as text: the golden file that shows every change, and the reference for people. Used by test_golden and protocol_dump. */
#ifndef POOLCENTER_TEST_DESCRIBE_H
#define POOLCENTER_TEST_DESCRIBE_H

/* The caller frees. */
char *describe_golden(void);
char *describe_reference(void);

#endif
