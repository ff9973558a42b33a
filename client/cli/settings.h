/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a VM as words: "cpu.count", "disks.vda.limits.read_bytes". Used by the vm_..._command.c files. One thread. */
#ifndef POOLCENTER_CLI_SETTINGS_H
#define POOLCENTER_CLI_SETTINGS_H

#include "client/cli/action.h"

/* What the agent tells of the VM; to be cleared. 0, or an exit status. */
int settings_read(Cli *cli, const VmTarget *target, VmDetails *ret);

/* Calls each for every setting of the configuration (as VmConfig_encode makes it) with its word and value. */
void settings_walk(json_t *config, void (*each)(void *context, const char *word, const json_t *value), void *context);
/* The value of a setting; NULL: none, or its default. Borrowed. */
json_t *settings_value(json_t *config, const char *word);

/* Changes one setting of the configuration; text is read as what the setting is: number, size, yes or no, words, JSON. 0, or an exit status,
 * and said why. */
int settings_set(Cli *cli, json_t *config, const char *word, const char *text);

/* The list of devices of a group in the configuration, made when it is missing. Borrowed. */
json_t *settings_devices(json_t *config, SettingGroup group);

/* Sends the groups of config that differ from those of details. Both as they are read and changed. */
void settings_send(Action *action, const VmDetails *details, json_t *config);
/* When the task has ended: what it changed, for the result's record; new reference, NULL: nothing. Says what waits for the next start. */
json_t *settings_told(Cli *cli, const char *result);

#endif
