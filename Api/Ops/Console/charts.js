import { duration, h, number, svg } from './dom.js';

const width = 480, height = 150, left = 60, bottom = 20, top = 8;
const plotWidth = width - left - 4, plotHeight = height - top - bottom;

// 1, 2 or 5 times a power of ten, so that the axis has a round end.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value);
}

function frame(label, max, format, minutes, ...marks) {
  const clock = at => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
  return svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
    [0, 0.5, 1].map(part => {
      const y = top + plotHeight * (1 - part);
      return [
        svg('line', { class: 'grid', x1: left, x2: width - 4, y1: y, y2: y }),
        svg('text', { x: left - 6, y: y + 4, 'text-anchor': 'end' }, part === 0.5 && max < 2 ? '' : format(max * part)),
      ];
    }),
    svg('text', { x: left, y: height - 4 }, clock(minutes[0].at)),
    svg('text', { x: width - 4, y: height - 4, 'text-anchor': 'end' }, 'now'),
    marks);
}

const x = (i, count) => left + (i * plotWidth) / count;

/** Calls by minute: those that worked, were refused, and failed, one upon another. */
export function callsChart(minutes) {
  const max = roundUp(Math.max(1, ...minutes.map(minute => minute.calls)));
  const step = plotWidth / minutes.length;
  const bars = minutes.flatMap((minute, i) => {
    let y = top + plotHeight;
    return [['', minute.calls - minute.errors - minute.refused], ['refused', minute.refused], ['bad', minute.errors]]
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => {
        const size = (count / max) * plotHeight;
        y -= size;
        return svg('rect', { class: `bar ${kind}`, x: x(i, minutes.length) + 0.5, y, width: step - 1, height: size });
      });
  });
  const sum = field => minutes.reduce((total, minute) => total + minute[field], 0);
  return [
    frame(`Calls by minute in the last hour: ${sum('calls')} calls, ${sum('refused')} refused, ${sum('errors')} errors`, max, number, minutes, bars),
    legend(['', 'served'], ['refused', 'refused, for limits or by the proxy'], ['bad', 'errors']),
  ];
}

/** Median and 95th percentile by minute; minutes without calls are gaps. */
export function latencyChart(minutes) {
  const max = roundUp(Math.max(10, ...minutes.map(minute => minute.p95 ?? 0)));
  const at = (minute, i, field) => [x(i + 0.5, minutes.length), top + plotHeight * (1 - minute[field] / max)];
  const lines = ['p95', 'p50'].map(field => {
    let path = '', pen = 'M';
    const dots = [];
    minutes.forEach((minute, i) => {
      if (minute[field] === null) {
        pen = 'M';
        return;
      }
      const [px, py] = at(minute, i, field);
      path += `${pen}${px.toFixed(1)} ${py.toFixed(1)}`;
      pen = 'L';
      dots.push(svg('circle', { class: `dot ${field}`, cx: px.toFixed(1), cy: py.toFixed(1), r: 2 }));
    });
    return [svg('path', { class: `line ${field}`, d: path || 'M0 0' }), dots];
  });
  const latest = minutes.findLast(minute => minute.p95 !== null);
  return [
    frame(`Duration of calls by minute${latest ? `, lately ${duration(latest.p50)} in the median and ${duration(latest.p95)} at the 95th percentile` : ': no calls'}`,
      max, value => duration(Math.round(value)), minutes, lines),
    legend(['', 'median'], ['p95', '95th percentile']),
  ];
}

const legend = (...entries) => h('p', { class: 'legend' }, entries.map(([kind, text]) => h('span', {}, h('i', { class: kind }), text)));

/** A circuit's states over the last hour, as one strip. */
export function historyStrip(family, current, changes, now) {
  const hour = 3_600_000, end = new Date(now).getTime(), begin = end - hour;
  const own = changes.filter(change => change.family === family);
  const parts = own.map((change, i) => ({
    state: change.state, from: Math.max(begin, new Date(change.at).getTime()), to: own[i + 1] ? new Date(own[i + 1].at).getTime() : end,
  }));
  const first = parts[0]?.from ?? end;
  const before = { state: own.length ? 'unknown' : current, from: begin, to: first };
  // A circuit is closed until its first change; one that was open when its grain moved is told as a change at that time.
  if (own.length) before.state = own[0].state === 'closed' ? 'unknown' : 'closed';
  const spoken = own.slice(-5).map(change => `${change.state.replace('_', ' ')} at ${new Date(change.at).toLocaleTimeString()}`).join(', ');
  return svg('svg', { class: 'strip', viewBox: '0 0 600 16', preserveAspectRatio: 'none', role: 'img',
    'aria-label': spoken ? `Changes in the last hour: ${spoken}` : `${current.replace('_', ' ')} all the hour` },
    [before, ...parts].filter(part => part.to > part.from).map(part => svg('rect', {
      class: part.state, x: ((part.from - begin) / hour) * 600, y: 3, height: 10, width: Math.max(2, ((part.to - part.from) / hour) * 600),
    })));
}
