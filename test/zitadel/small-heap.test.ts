import { PerformanceObserver } from "node:perf_hooks";
import { expect } from "chai";
import { keepHeapSmall } from "../../src/small-heap.ts";

describe("the small heap", () => {
  const { observe } = PerformanceObserver.prototype;
  afterEach(() => {
    PerformanceObserver.prototype.observe = observe;
  });

  it("observes collections once in a process, however many runs it serves", () => {
    let observers = 0;
    PerformanceObserver.prototype.observe = function (options) {
      observers += 1;
      observe.call(this, options);
    };

    for (let run = 0; run < 3; run += 1) keepHeapSmall();

    expect(observers).to.be.at.most(1);
  });
});
