// Numbers and times for reading. Nothing depends on the reader's locale or time zone.
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

const number = (value, decimals) => {
  const digits = Math.abs(value).toFixed(decimals);
  const point = digits.indexOf(".");
  const whole = point < 0 ? digits : digits.slice(0, point);
  const grouped = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const sign = value < 0 && Number(digits) !== 0 ? "\u2212" : "";
  return sign + grouped + digits.slice(whole.length);
};

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** So many significant digits; whole digits are never cut. */
const number_text = (value, significant = 6) => {
  if (value === 0) return "0";
  const before_point = Math.floor(Math.log10(Math.abs(value))) + 1;
  return trimmed(number(value, clamp(significant - before_point, 0, 18)));
};

/** As many decimals as tell apart what lies within a span of values. */
const decimals_for = (span) => (span > 0 ? clamp(1 - Math.floor(Math.log10(span)), 0, 15) : 2);

const two = (n) => String(n).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const day_text = (date) => `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
const clock_text = (date, milliseconds) => {
  const text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return milliseconds ? `${text}.${String(date.getUTCMilliseconds()).padStart(3, "0")}` : text;
};
const time_text = (time, milliseconds = true) => {
  const date = new Date(time);
  return `${day_text(date)} ${clock_text(date, milliseconds)}`;
};

/** The shortest text for a tick of the time axis: a day at midnight, else what is not zero. */
const tick_text = (time) => {
  const date = new Date(time);
  if (time % 86400000 === 0) {
    const month = months[date.getUTCMonth()];
    if (date.getUTCDate() > 1) return `${date.getUTCDate()} ${month}`;
    return date.getUTCMonth() === 0 ? String(date.getUTCFullYear()) : `1 ${month}`;
  }
  const text = clock_text(date, time % 1000 !== 0);
  return time % 60000 === 0 ? text.slice(0, 5) : text;
};
