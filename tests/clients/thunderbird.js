// What a test has Thunderbird do with its calendars, by the same modules that its windows use.
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const { CalEvent } = ChromeUtils.importESModule("resource:///modules/CalEvent.sys.mjs");

const pause = milliseconds =>
  new Promise(resolve => {
    const timer = Cc["@mozilla.org/timer;1"].createInstance(Ci.nsITimer);
    timer.initWithCallback(() => resolve(timer), milliseconds, Ci.nsITimer.TYPE_ONE_SHOT);
  });

// Asks until the answer is one, for as long as a slow machine takes.
const patiently = async ask => {
  for (let tries = 0; tries < 400; tries++) {
    const found = await ask();
    if (found) {
      return found;
    }
    await pause(100);
  }
  throw new Error("it has waited long enough");
};

const named = name => cal.manager.getCalendars().find(calendar => calendar.name == name);
const items = calendar => calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null);
const seen = (calendar, item) => ({
  uid: item.id,
  title: item.title,
  status: item.status,
  start: item.startDate.icalString,
  invitation: calendar.isInvitation(item),
  answer: calendar.getInvitedAttendee(item)?.participationStatus ?? null,
});

const acts = {
  // The account of a new person, given its bare address: the calendars that were found.
  async account(address, user, password) {
    const former = cal.manager.getCalendars().filter(calendar => calendar.type == "caldav");
    former.forEach(calendar => cal.manager.unregisterCalendar(calendar));
    // Off where it is driven from within.
    Services.prefs.setBoolPref("signon.rememberSignons", true);
    const found = await cal.provider.detection.detect(user, password, address, true, [], {});
    const calendars = [...found.values()].flat();
    calendars.forEach(calendar => cal.manager.registerCalendar(calendar));
    await patiently(async () => {
      const looked = await Promise.all(calendars.map(calendar => calendar.getProperty("capabilities.autoschedule.supported")));
      return looked.every(Boolean);
    });
    return calendars.map(calendar => ({ name: calendar.name, locked: calendar.readOnly }));
  },

  // The first item whose title begins so, and whose status is this, once there is one.
  async find(name, title, status) {
    const calendar = named(name);
    return patiently(async () => {
      const all = (await items(calendar)).filter(item => item.title.startsWith(title) && (!status || item.status == status));
      all.sort((one, other) => one.startDate.compare(other.startDate));
      const coming = all.find(item => item.startDate.compare(cal.dtz.now()) > 0);
      if (!coming) {
        calendar.refresh();
        await pause(900);
      }
      return coming && seen(calendar, coming);
    });
  },

  async add(name, text) {
    return (await named(name).addItem(new CalEvent(text))).title;
  },

  async rename(name, uid, title) {
    const calendar = named(name);
    const old = await calendar.getItem(uid);
    const changed = old.clone();
    changed.title = title;
    return (await calendar.modifyItem(changed, old)).title;
  },

  async remove(name, uid) {
    const calendar = named(name);
    await calendar.deleteItem(await calendar.getItem(uid));
    return (await calendar.getItem(uid)) === null;
  },

  // Presses Accept or Decline.
  async answer(name, uid, word) {
    const calendar = named(name);
    const old = await calendar.getItem(uid);
    const changed = old.clone();
    const invited = calendar.getInvitedAttendee(changed);
    const me = invited.clone();
    me.participationStatus = word;
    changed.removeAttendee(invited);
    changed.addAttendee(me);
    return seen(calendar, await calendar.modifyItem(changed, old));
  },
};
