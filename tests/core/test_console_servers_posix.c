/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFB sessions against real servers: TigerVNC, TightVNC, x11vnc on Xvfb, QEMU. The picture is compared with what another program sees. */
#include "tests/core/vnc.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PROCESSES_MAX = 8 };

static pid_t processes[PROCESSES_MAX];
static size_t process_count;
static char folder[] = "/tmp/poolcenter-vnc-XXXXXX";

/* A command in a process group of its own, ended after the test. */
static void start(const char *command)
{
    assert_true(process_count < PROCESSES_MAX);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    processes[process_count++] = pid;
}

/* Here, not on the stack: a test that fails leaves its session to the teardown. */
static VncViewer vnc;

static int stop_all(void **state)
{
    (void)state;
    if (vnc.session)
        vnc_viewer_stop(&vnc);
    while (process_count > 0) {
        pid_t pid = processes[--process_count];
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return 0;
}

static void run_command(const char *command)
{
    int status = system(command);
    if (status != 0)
        fail_msg("%s ended with %d", command, status);
}

static char *read_command(const char *command)
{
    static char text[4096];
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(text, 1, sizeof(text) - 1, pipe);
    text[size] = 0;
    pclose(pipe);
    return text;
}

/* Waits until command succeeds. */
static void wait_for(const char *command)
{
    for (int i = 0; i < 200; i++) {
        if (system(command) == 0)
            return;
        port_sleep_ms(100);
    }
    fail_msg("did not succeed: %s", command);
}

/* Port and display numbers of this process, so that test runs side by side do not meet. */
static int free_display(void)
{
    static int next;
    return 200 + (int)(getpid() % 300) * 8 + next++;
}

/* The server's picture as another program takes it, as raw RGB beside us. */
typedef struct Photo {
    int width, height;
    unsigned char *rgb;
} Photo;

static bool load_photo(const char *ppm, Photo *ret)
{
    FILE *file = fopen(ppm, "rb");
    int max;
    if (!file)
        return false;
    bool good = fscanf(file, "P6 %d %d %d", &ret->width, &ret->height, &max) == 3 && max == 255 && fgetc(file) != EOF;
    size_t size = good ? (size_t)ret->width * (size_t)ret->height * 3 : 0;
    ret->rgb = x_calloc(size + 1, 1);
    good = good && fread(ret->rgb, 1, size, file) == size;
    fclose(file);
    return good;
}

static bool same_picture(VncViewer *viewer, void *context)
{
    const Photo *photo = context;
    int width, height;
    size_t stride;
    RfbScreen *screen = rfb_session_screen(viewer->session);
    const uint32_t *pixels = rfb_screen_lock(screen, &width, &height, &stride);
    if (!pixels)
        return false;
    bool same = width == photo->width && height == photo->height;
    for (size_t i = 0; same && i < (size_t)width * (size_t)height; i++) {
        const unsigned char *rgb = photo->rgb + i * 3;
        same = pixels[i] == ((uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]);
    }
    rfb_screen_unlock(screen);
    return same;
}

/* photograph writes the PPM file named by %s. */
static void assert_same_as(const char *photograph, const char *ppm)
{
    for (int try = 0;; try++) {
        Photo photo;
        run_command(photograph);
        if (!load_photo(ppm, &photo))
            fail_msg("no picture in %s", ppm);
        bool same = vnc_viewer_wait(&vnc, same_picture, &photo, 2000);
        free(photo.rgb);
        if (same)
            return;
        if (try == 5)
            fail_msg("the picture differs from %s (%s)", ppm, vnc.ended ? vnc.error.message : "still connected");
    }
}

/* ---------------------------------------------------------------- X servers */

static void assert_shows_x(int display)
{
    AUTO_FREE char *ppm = x_printf("%s/x.ppm", folder);
    AUTO_FREE char *photograph = x_printf("xwd -silent -root -display :%d | xwdtopnm 2>/dev/null > %s || import -display :%d -window root -depth 8 ppm:%s", display, ppm, display, ppm);
    assert_same_as(photograph, ppm);
}

static void wait_for_x(int display)
{
    AUTO_FREE char *command = x_printf("xdpyinfo -display :%d >/dev/null 2>&1", display);
    wait_for(command);
}

static void draw(int display, const char *color)
{
    AUTO_FREE char *command = x_printf("xsetroot -display :%d -solid '%s'", display, color);
    run_command(command);
}

static void start_clients(int display)
{
    AUTO_FREE char *logo = x_printf("xlogo -display :%d -geometry 200x150+30+40", display);
    start(logo);
}

/* xdotool asks through XTEST, which TightVNC lacks. */
static void assert_moves_pointer(int display)
{
    AUTO_FREE char *where = x_printf("DISPLAY=:%d xdotool getmouselocation --shell | head -2 | tr '\\n' ' '", display);
    rfb_session_pointer(vnc.session, 123, 45, 0);
    for (int i = 0; i < 50 && strcmp(read_command(where), "X=123 Y=45 ") != 0; i++)
        port_sleep_ms(100);
    assert_string_equal(read_command(where), "X=123 Y=45 ");
}

/* Picture, later changes, more windows. */
static void watch_x(int display, int port)
{
    wait_for_x(display);
    draw(display, "#336699");
    start_clients(display);
    vnc_viewer_start(&vnc, vnc_connect(port));
    assert_true(vnc_viewer_wait(&vnc, vnc_is_connected, NULL, 5000));
    assert_shows_x(display);
    draw(display, "#cc8844");
    assert_shows_x(display);
    AUTO_FREE char *more = x_printf("xeyes -display :%d -geometry 120x80+250+20", display);
    start(more);
    port_sleep_ms(500);
    assert_shows_x(display);
    assert_false(vnc.ended);
}

static void test_console__shows_tigervnc(void **state)
{
    (void)state;
    int display = free_display();
    AUTO_FREE char *command = x_printf("exec Xtigervnc :%d -geometry 640x480 -depth 24 -SecurityTypes None -rfbport %d -localhost >%s/tiger.log 2>&1", display, 20000 + display, folder);
    start(command);
    watch_x(display, 20000 + display);
    assert_moves_pointer(display);
}

static void test_console__shows_tightvnc(void **state)
{
    (void)state;
    int display = free_display();
    AUTO_FREE char *command = x_printf("exec Xtightvnc :%d -geometry 640x480 -depth 24 -rfbport %d -localhost -fp /usr/share/fonts/X11/misc >%s/tight.log 2>&1", display, 20000 + display, folder);
    start(command);
    watch_x(display, 20000 + display);
}

static void test_console__shows_x11vnc(void **state)
{
    (void)state;
    int display = free_display();
    AUTO_FREE char *screen = x_printf("exec Xvfb :%d -screen 0 640x480x24 >/dev/null 2>&1", display);
    start(screen);
    wait_for_x(display);
    AUTO_FREE char *command = x_printf("exec x11vnc -display :%d -rfbport %d -localhost -forever -nopw -noxdamage -cursor none >%s/x11vnc.log 2>&1", display, 20000 + display, folder);
    start(command);
    watch_x(display, 20000 + display);
    assert_moves_pointer(display);
}

static bool has_clipboard(VncViewer *viewer, void *context)
{
    return viewer->clipboard && strcmp(viewer->clipboard, context) == 0;
}

static bool has_size(VncViewer *viewer, void *context)
{
    const int *size = context;
    return viewer->width == size[0] && viewer->height == size[1];
}

static bool has_cursor(VncViewer *viewer, void *context)
{
    (void)context;
    return viewer->cursors > 0;
}

static void test_console__follows_size_clipboard_cursor_and_bell(void **state)
{
    (void)state;
    int display = free_display();
    AUTO_FREE char *command = x_printf("exec Xtigervnc :%d -geometry 640x480 -depth 24 -SecurityTypes None -rfbport %d -localhost >%s/tiger.log 2>&1", display, 20000 + display, folder);
    start(command);
    wait_for_x(display);
    AUTO_FREE char *config = x_printf("vncconfig -display :%d -nowin", display);
    start(config);
    vnc_viewer_start(&vnc, vnc_connect(20000 + display));
    assert_true(vnc_viewer_wait(&vnc, vnc_is_connected, NULL, 5000));
    AUTO_FREE char *cursor = x_printf("xsetroot -display :%d -cursor_name left_ptr", display);
    run_command(cursor);
    rfb_session_pointer(vnc.session, 300, 300, 0);
    assert_true(vnc_viewer_wait(&vnc, has_cursor, NULL, 5000));

    AUTO_FREE char *resize = x_printf("xrandr -display :%d --output VNC-0 --mode 800x600", display);
    int size[] = {800, 600};
    run_command(resize);
    assert_true(vnc_viewer_wait(&vnc, has_size, size, 5000));
    draw(display, "#123456");
    assert_shows_x(display);

    AUTO_FREE char *copy = x_printf("printf 'Grüße, 漢字' | xclip -display :%d -selection clipboard -i", display);
    run_command(copy);
    assert_true(vnc_viewer_wait(&vnc, has_clipboard, "Grüße, 漢字", 5000));
    rfb_session_clipboard(vnc.session, "zurück → ok");
    AUTO_FREE char *paste = x_printf("timeout 2 xclip -display :%d -selection clipboard -o 2>/dev/null", display);
    for (int i = 0; i < 20 && strcmp(read_command(paste), "zurück → ok") != 0; i++)
        port_sleep_ms(100);
    assert_string_equal(read_command(paste), "zurück → ok");
}

/* ---------------------------------------------------------------- QEMU */

static int qemu(void)
{
    int port = free_display();
    AUTO_FREE char *command = x_printf("exec qemu-system-x86_64 -accel tcg -m 64 -display none -vnc 127.0.0.1:%d -qmp unix:%s/qmp,server=on,wait=off "
        "-device qemu-xhci -device usb-tablet -cdrom /usr/lib/grub-rescue/grub-rescue-cdrom.iso -boot d >%s/qemu.log 2>&1", port, folder, folder);
    start(command);
    return 5900 + port;
}

static void assert_shows_qemu(void)
{
    AUTO_FREE char *ppm = x_printf("%s/screen.ppm", folder);
    AUTO_FREE char *photograph = x_printf("rm -f %s; python3 %s/qmp.py %s/qmp screendump %s", ppm, TEST_SOURCE_DIR, folder, ppm);
    assert_same_as(photograph, ppm);
}

static void press(uint32_t scan_code)
{
    rfb_session_key(vnc.session, 0, scan_code, true);
    port_sleep_ms(30);
    rfb_session_key(vnc.session, 0, scan_code, false);
    port_sleep_ms(100);
}

/* GRUB's menu: is the bar on this line? */
static bool menu_bar_on(VncViewer *viewer, void *context)
{
    int line = *(int *)context;
    return (vnc_pixel(viewer, 600, 66 + line * 16) & 0xff) > 0x80;
}

static void wait_for_text(const char *wanted)
{
    AUTO_FREE char *command = x_printf("python3 %s/qmp.py %s/qmp text | grep -F -- '%s' >/dev/null", TEST_SOURCE_DIR, folder, wanted);
    wait_for(command);
}

static void test_console__shows_qemu_and_types_by_scan_codes(void **state)
{
    (void)state;
    int first = 0, second = 1;
    vnc_viewer_start(&vnc, vnc_connect(qemu()));
    assert_true(vnc_viewer_wait(&vnc, vnc_is_connected, NULL, 5000));
    assert_true(vnc_viewer_wait(&vnc, menu_bar_on, &first, 60000));
    press(0xd0); /* down */
    assert_true(vnc_viewer_wait(&vnc, menu_bar_on, &second, 10000));
    assert_shows_qemu();
    press(0x2e); /* c: the command line */
    wait_for_text("grub>");
    /* By position, whatever letters the keys have here: GRUB reads a US keyboard. */
    static const uint32_t keys[] = {0x12, 0x2e, 0x23, 0x18, 0x39, 0x2c, 0x15};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        press(keys[i]);
    rfb_session_key(vnc.session, 0, 0x2a, true);
    press(0x10);
    press(0x28);
    rfb_session_release_keys(vnc.session);
    press(0x1a);
    wait_for_text("grub> echo zyQ\"[");
    assert_shows_qemu();
    assert_false(vnc.ended);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    AUTO_FREE char *command = x_printf("rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_console__shows_tigervnc, stop_all),
        cmocka_unit_test_teardown(test_console__shows_tightvnc, stop_all),
        cmocka_unit_test_teardown(test_console__shows_x11vnc, stop_all),
        cmocka_unit_test_teardown(test_console__follows_size_clipboard_cursor_and_bell, stop_all),
        cmocka_unit_test_teardown(test_console__shows_qemu_and_types_by_scan_codes, stop_all),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
