# SOL_PACKET's options, rings and groups: what is accepted, what refused and how, in which order.
exec 2>&1
cat >options.py <<'PY'
import socket,struct,errno,ctypes,mmap
SOL_PACKET=263
def s(f,*a):
    try: r=f(*a); return r
    except OSError as e: return errno.errorcode[e.errno]
def mk(): return socket.socket(17,3,socket.htons(3))
names=dict(ADD=1,RX_RING=5,STAT=6,COPY=7,AUX=8,ORIG=9,VER=10,HDRLEN=11,RES=12,TX_RING=13,LOSS=14,TXTS=16,TS=17,FAN=18,TXHAS=19,QB=20,ROLL=21,FDATA=22,IGN=23)
a=mk()
for n,v in names.items():
    for val in (b'',b'\0\0\0',struct.pack('i',1),struct.pack('i',-1),struct.pack('i',7),b'\1\0\0\0\0\0\0\0'):
        b=mk()
        print(n,len(val),val.hex(),'set',s(b.setsockopt,SOL_PACKET,v,val),'get',s(b.getsockopt,SOL_PACKET,v,32))
        b.close()
    for l in (0,2,4,64):
        b=mk(); print(n,'getlen',l,s(b.getsockopt,SOL_PACKET,v,l) if l else '-'); b.close()
def req(bs,bn,fs,fn,*r): return struct.pack('IIII',bs,bn,fs,fn)+b''.join(struct.pack('I',x) for x in r)
for ver in (0,1,2):
  for rq in [(4096,1,2048,2),(4096,1,2048,3),(4096,0,0,0),(4096,0,0,1),(4095,1,2048,2),(0,1,2048,2),(4096,1,16,256),(4096,1,2050,1),(4096,1,8192,1),(4096,1,40,102),(4096,1,48,85),(4096,1,64,64),(4096,1,80,51),(4096,1,96,42),(1<<31,1,2048,2)]:
    for ring in (5,13):
      b=mk(); b.setsockopt(SOL_PACKET,10,ver)
      ext=(60,0,0) if ver==2 else ()
      print('ring',ring,'v',ver+1,rq,s(b.setsockopt,SOL_PACKET,ring,req(*rq)),s(b.setsockopt,SOL_PACKET,ring,req(*rq,*ext)),s(b.setsockopt,SOL_PACKET,ring,req(*rq,0,0,0)))
      b.close()
b=mk(); b.setsockopt(SOL_PACKET,10,2)
print('priv', s(b.setsockopt,SOL_PACKET,5,req(4096,1,2048,2,60,4000,0)), s(b.setsockopt,SOL_PACKET,5,req(4096,1,2048,2,60,16,1)))
for n in ('VER','RES','LOSS','COPY','TS','TXHAS','QB'): print('busy',n,s(b.setsockopt,SOL_PACKET,names[n],struct.pack('i',1)), s(b.getsockopt,SOL_PACKET,names[n],4))
def mm(l,off=0,fl=mmap.MAP_SHARED,p=3):
    try: return mmap.mmap(b.fileno(),l,fl,p,offset=off)
    except OSError as e: return errno.errorcode[e.errno]
print('mmap',mm(8192),mm(4096,4096),mm(2048) and 'x')
m=mm(4096); print(type(m)); print('set while mapped',s(b.setsockopt,SOL_PACKET,5,req(0,0,0,0,0,0,0)),s(b.setsockopt,SOL_PACKET,5,req(0,0,0,5,0,0,0)),s(b.setsockopt,SOL_PACKET,13,req(4096,1,2048,2,0,0,0)))
m.close(); print('after',s(b.setsockopt,SOL_PACKET,5,req(4096,1,2048,2,60,16,1)),s(b.setsockopt,SOL_PACKET,5,req(0,0,0,0,0,0,0)))
print(mm(4096))
# fanout
def fan(id,tf): return struct.pack('I',id|tf<<16)
for tf in (0,1,2,3,4,5,6,8,0x1003,0x1000,0x2000,0x4000):
    b=mk(); c=mk(); print('fan',hex(tf),s(b.setsockopt,SOL_PACKET,18,fan(5,tf)),s(b.setsockopt,SOL_PACKET,18,fan(5,tf)),s(c.setsockopt,SOL_PACKET,18,fan(5,0)),s(b.getsockopt,SOL_PACKET,18,4),s(b.getsockopt,SOL_PACKET,21,32),s(b.setsockopt,SOL_PACKET,22,b'\0'*4));b.close();c.close()
b=socket.socket(17,3,0); print('fan notrunning',s(b.setsockopt,SOL_PACKET,18,fan(5,0)))
b=mk(); print('fan len8',s(b.setsockopt,SOL_PACKET,18,struct.pack('II',5,2)), s(b.setsockopt,SOL_PACKET,18,struct.pack('II',5,70000)))
# Who is chosen: by turns, by a filter, the first with room; and a group that is full.
import ctypes, os
os.system("ip link add d0 address 02:00:00:00:00:03 type dummy; ip link set d0 up")
def member(tf, most=2):
    m = socket.socket(17, 3, 0); m.setblocking(False); m.bind(('d0', 3))
    e = s(m.setsockopt, SOL_PACKET, 18, fan(7, tf) + struct.pack('I', most))
    return m if e is None else e
def count(m):
    n = 0
    try:
        while m.recv(2000): n += 1
    except BlockingIOError: return n
def send(n):
    t = socket.socket(17, 3, 0)
    for i in range(n): t.sendto(b'\2' * 12 + b'\x88\xb5' + b'x' * 1000, ('d0', 0x88b5))
one, two = member(1), member(1); print('full', member(1)); send(10); print('by turns', count(one), count(two))
print('bind', s(one.bind, ('d0', 3))); two.close(); send(3); print('alone', count(one)); one.close()
one, two = member(6), member(6); send(3); print('no filter', count(one), count(two))
for v in (0, 1, 2, 5):
    code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, v))
    print(s(two.setsockopt, SOL_PACKET, 22, struct.pack('HL', 1, ctypes.addressof(code)))); send(3); print('filter', v, count(one), count(two))
bad = ctypes.create_string_buffer(struct.pack('HBBI', 5, 0, 0, 9))
print(s(two.setsockopt, SOL_PACKET, 22, struct.pack('HL', 1, ctypes.addressof(bad))), s(two.setsockopt, SOL_PACKET, 22, b'1234'))
one.close(); two.close()
one, two = member(3), member(3); one.setsockopt(1, 8, 4096); send(200); a, b = count(one), count(two); print('rollover', 0 < a < 100, b > 50)
one.close(); two.close()
PY
python3 options.py
