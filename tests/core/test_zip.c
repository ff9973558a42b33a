/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zip files, judged by Python's reader where there is one (native builds): names, contents, time, checksums. */
#include "client/core/port.h"
#include "client/core/zip.h"
#include "tests/core/scratch.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_zip__what_python_reads(void **state)
{
    (void)state;
    char zeros[100000] = {0};
    unsigned char noise[5000];
    port_random(noise, sizeof noise);
    const ZipFile files[] = {
        {"report.txt", "hello", 5}, {"\xc3\xbc" "ber.log", zeros, sizeof zeros}, {"empty", "", 0}, {"noise.dmp", noise, sizeof noise},
    };
    AUTO_FREE char *folder = scratch_folder();
    AUTO_FREE char *path = port_join(folder, "x.zip");
    AUTO_FREE char *raw = port_join(folder, "noise");
    AUTO_FREE char *zip = NULL;
    size_t size = 0;
    assert_int_equal(zip_make(files, ARRAY_SIZE(files), 1700000000000, &zip, &size, NULL), 0);
    assert_in_range(size, sizeof noise, sizeof noise + 2000);
    assert_memory_equal(zip, "PK\3\4", 4);
    assert_int_equal(port_write_whole(path, zip, size, NULL), 0);
    assert_int_equal(port_write_whole(raw, noise, sizeof noise, NULL), 0);
#ifndef _WIN32
    AUTO_FREE char *command = x_printf(
        "python3 -c 'import zipfile, sys\n"
        "z = zipfile.ZipFile(sys.argv[1])\n"
        "assert z.testzip() is None\n"
        "assert z.namelist() == [\"report.txt\", \"\\u00fcber.log\", \"empty\", \"noise.dmp\"], z.namelist()\n"
        "assert z.read(\"report.txt\") == b\"hello\" and z.read(\"empty\") == b\"\" and z.read(\"\\u00fcber.log\") == bytes(100000)\n"
        "assert z.read(\"noise.dmp\") == open(sys.argv[2], \"rb\").read()\n"
        "assert z.infolist()[0].date_time[:2] == (2023, 11)' '%s' '%s'", path, raw);
    assert_int_equal(system(command), 0);
#endif
}

static void test_zip__nothing_and_too_much(void **state)
{
    (void)state;
    AUTO_FREE char *zip = NULL;
    size_t size = 0;
    const ZipFile huge[] = {{"a", "", (size_t)1 << 30}, {"b", "", 1}};
    assert_int_equal(zip_make(NULL, 0, 1700000000000, &zip, &size, NULL), 0);
    assert_int_equal(size, 22);
    assert_int_equal(zip_make(huge, 2, 1700000000000, &zip, &size, NULL), ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zip__what_python_reads), cmocka_unit_test(test_zip__nothing_and_too_much)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
